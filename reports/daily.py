"""日报: what a leader reads at half past eight, on one page, with its proof behind it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reports._build import Writer, closing
from reports._daily_attacks import attacks
from reports._daily_sections import alerts, blocks, collection, scans
from reports._daily_summary import summary
from reports._dates import written
from reports._model import Notice, Report
from soc.metrics import COUNTED, metrics, question
from soc.text import text

if TYPE_CHECKING:
    from reports import Span
    from soc.context import Context
    from soc.query import Period


SPAN: Span = "day"


def build(
    period: Period, as_of: datetime, context: Context, origins: tuple[str, ...] = COUNTED
) -> Report:
    """The daily of one day of the site; an empty day is a valid report that says so."""
    site, day = context.config.site, context.calendar.date_of(period.start)
    writer = Writer(question(period, context, as_of, origins), site.language, "daily")
    day_before = context.calendar.day(day - timedelta(days=1))
    before = question(day_before, context, as_of, origins)
    parts = (attacks, alerts, blocks, scans, collection)
    sections = (summary(writer, before), *(part(writer) for part in parts))
    numbers = tuple(writer.numbers[each] for each in metrics() if each in writer.numbers)
    return Report(
        name="daily",
        title=writer.words("title"),
        site=site.name,
        language=site.language,
        time_zone=site.time_zone,
        period=period,
        as_of=as_of,
        issue=writer.words("issue", year=day.year, number=day.timetuple().tm_yday),
        subtitle=written(period.start, "date", site.time_zone, site.language),
        sections=sections,
        closing=closing(numbers, day, writer.words("s7"), site.language),
        numbers=numbers,
        handling=writer.words("handling"),
        footer=_footer(writer),
        notices=_notices(writer),
    )


def _footer(writer: Writer) -> tuple[str, ...]:
    site = writer.asked.context.config.site
    start = written(writer.asked.period.start, "moment", site.time_zone, writer.language)
    end = text("report.when.midnight", writer.language)
    return (writer.words("made_by", site=site.name), writer.words("made_at", start=start, end=end))


def _notices(writer: Writer) -> tuple[Notice, ...]:
    asked = writer.asked
    found = []
    if "simulated" in asked.origins:
        found.append(writer.warn("demo"))
    if asked.elapsed != asked.period:
        found.append(writer.warn("running"))
    return tuple(found)

"""演练报告: what was asked of us, what happened, how fast we were, and what must be put right."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from reports._build import Writer, closing
from reports._dates import written
from reports._drill_data import data, problems, units
from reports._drill_organised import organised, summary
from reports._drill_timeline import timeline
from reports._literal import literal
from reports._model import Notice, Report
from soc.errors import InputError
from soc.metrics import metrics, question
from soc.records.drill import Drill

if TYPE_CHECKING:
    from reports import Span
    from soc.context import Context
    from soc.query import Period


SPAN: Span = "drill"


def build(
    period: Period, as_of: datetime, context: Context, origins: tuple[str, ...], drill: str
) -> Report:
    """The report of one drill, of alerts, blocks and log entries that belong to it.

    Raises:
        InputError: no drill has that id.
    """
    found = context.store.records.get("drill", drill, at=as_of)
    if not isinstance(found, Drill):
        raise InputError(f"drill {drill!r}: no such drill; see `soc drill list`")
    site = context.config.site
    writer = Writer(question(period, context, as_of, origins, drill), site.language, "drill")
    parts = (summary, organised, timeline, data, units, problems)
    sections = tuple(part(writer, found) for part in parts)
    numbers = tuple(writer.numbers[each] for each in metrics() if each in writer.numbers)
    return Report(
        name="drill",
        title=writer.words("title"),
        site=site.name,
        language=site.language,
        time_zone=site.time_zone,
        period=period,
        as_of=as_of,
        issue=literal(found.name),
        subtitle=_subtitle(writer, found),
        sections=sections,
        closing=closing(numbers, drill, writer.words("s7"), site.language),
        numbers=numbers,
        handling=writer.words("handling"),
        footer=_footer(writer),
        notices=_notices(writer, found),
        subject=drill,
    )


def _subtitle(writer: Writer, drill: Drill) -> str:
    zone = writer.asked.context.config.site.time_zone
    first = written(drill.start, "date", zone, writer.language)
    moment = timedelta(microseconds=1)  # a drill that ends at midnight ends on the day before
    last = written(drill.end - moment, "date", zone, writer.language) if drill.end else ""
    return first if last in ("", first) else f"{first} – {last}"


def _footer(writer: Writer) -> tuple[str, ...]:
    asked = writer.asked
    zone = asked.context.config.site.time_zone
    moments = (asked.period.start, asked.period.end)
    start, end = (written(at, "moment", zone, writer.language) for at in moments)
    site = asked.context.config.site.name
    return (writer.words("made_by", site=site), writer.words("made_at", start=start, end=end))


def _notices(writer: Writer, drill: Drill) -> tuple[Notice, ...]:
    asked = writer.asked
    found = []
    if "simulated" in asked.origins:
        found.append(writer.warn("demo"))
    if drill.end is None or drill.end > cast("datetime", asked.as_of):
        found.append(writer.warn("running"))
    return tuple(found)

"""A brief: one sentence a day."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from reports._build import closing
from reports._model import Paragraph, Report, Section
from soc.metrics import COUNTED, number, question, spoken

if TYPE_CHECKING:
    from reports import Span
    from soc.context import Context
    from soc.query import Period

SPAN: Span = "day"


def build(
    period: Period, as_of: datetime, context: Context, origins: tuple[str, ...] = COUNTED
) -> Report:
    """The alerts of a day in one sentence."""
    site, day = context.config.site, context.calendar.date_of(period.start)
    opened = number("alerts_opened", question(period, context, as_of, origins))
    sentence = Paragraph(f"新增告警{spoken(opened, site.language)}。", (opened,))
    return Report(
        name="brief",
        title="简报",
        site=site.name,
        language=site.language,
        time_zone=site.time_zone,
        period=period,
        as_of=as_of,
        issue=f"{day:%j}",
        subtitle=day.isoformat(),
        sections=(Section("告警", (sentence,)),),
        closing=closing((opened,), day, "说明", site.language),
        numbers=(opened,),
    )

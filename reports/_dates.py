"""Times as a document prints them, on the clock of the site."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from soc.query import Period
from soc.text import Language, text


def written(at: datetime, key: str, time_zone: str, language: Language) -> str:
    """A time by a pattern of the catalogue: ``date``, ``day``, ``moment`` or ``clock``."""
    local = at.astimezone(ZoneInfo(time_zone))
    return text(
        f"report.when.{key}",
        language,
        year=local.year,
        month=local.month,
        day=local.day,
        hour=local.hour,
        minute=local.minute,
    )


def span(period: Period, within: Period, time_zone: str, language: Language) -> str:
    """From when to when: 2时00分至5时30分; the end of the day is 24 o'clock."""
    start = written(period.start, "clock", time_zone, language)
    if period.end >= within.end:
        end = text("report.when.midnight", language)
    else:
        end = written(period.end, "clock", time_zone, language)
    return text("report.when.span", language, start=start, end=end)

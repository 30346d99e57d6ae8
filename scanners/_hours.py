"""Hours in which a plan may scan, in the site's time: ``22:00-06:00`` goes over midnight."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from soc.errors import ConfigError

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


def span(text: str) -> tuple[time, time]:
    """First minute and end; 24:00 is midnight.

    Raises:
        ConfigError: no such hours, or none at all.
    """
    match = _HOURS.fullmatch(text)
    is_whole = match is not None and (match[1], match[2]) != (match[3], match[4])
    if match is None or not is_whole or (match[3] == "24" and match[4] != "00"):
        raise ConfigError(f"hours {text!r}: write them as 22:00-06:00")
    return time(int(match[1]), int(match[2])), time(int(match[3]) % 24, int(match[4]))


def left_s(text: str, now: datetime) -> int | None:
    """Seconds until the hours end; None outside of them. ``now`` is in the site's time."""
    first, last = span(text)
    begin = now.replace(hour=first.hour, minute=first.minute, second=0, microsecond=0)
    end = now.replace(hour=last.hour, minute=last.minute, second=0, microsecond=0)
    if last <= first:
        begin, end = (
            (begin, end + timedelta(days=1)) if now >= begin else (begin - timedelta(days=1), end)
        )
    return int((end - now).total_seconds()) if begin <= now < end else None

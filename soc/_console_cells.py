"""A value as it looks on a terminal: times in the site's zone, lists joined, no control text."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def cell(value: object, zone: ZoneInfo) -> str:
    """One line of text; a time, aware or written as ISO 8601, is told to the second in ``zone``.

    Control and direction characters, which a log line of an attacker may hold, are made visible.
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return _told(value, zone)
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(cell(part, zone) for part in value)
    text = str(value)
    if _TIME.fullmatch(text):
        return _told(datetime.fromisoformat(text), zone)
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def padded(text: str, columns: int) -> str:
    """The text, filled with blanks up to so many columns; a wide character takes two."""
    return text + " " * (columns - width(text))


def width(text: str) -> int:
    """Columns that a text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _told(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")

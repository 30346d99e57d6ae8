"""EVE values as column values; whatever has another form than documented becomes None."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from soc import net
from soc.errors import InputError

Event = Mapping[str, Any]

EMPTY: Event = {}
_LONG = 1 << 63


def section(event: Event, path: str) -> Event:
    """The object at a dotted path; an empty one where there is none."""
    found: Any = event
    for part in path.split(".") if path else ():
        found = found.get(part) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else EMPTY


def word(value: Any) -> str | None:
    """Text as it stands; numbers and truth values spelled out."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else None


def lower(value: Any) -> str | None:
    """Text in small letters."""
    return value.lower() if isinstance(value, str) and value else None


def words(value: Any) -> list[str] | None:
    """One text or a list of texts, as a list."""
    items = value if isinstance(value, list) else [value]
    return [found for item in items if (found := word(item)) is not None] or None


def whole(value: Any) -> int | None:
    """A number from 0 to the signed 64-bit maximum."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _LONG:
        return None
    return value


def port(value: Any) -> int | None:
    """A port number."""
    found = whole(value)
    return found if found is not None and found <= 65_535 else None


def octet(value: Any) -> int | None:
    """A number from 0 to 255."""
    found = whole(value)
    return found if found is not None and found <= 255 else None


def hexadecimal(value: Any) -> int | None:
    """Flags, written by Suricata as two hexadecimal digits."""
    try:
        return int(value, 16) & 0xFFFF if isinstance(value, str) and len(value) <= 4 else None
    except ValueError:
        return None


def address(value: Any) -> str | None:
    """An address in canonical text."""
    return _address(value) if isinstance(value, str) else None


@lru_cache(maxsize=65_536)
def _address(text: str) -> str | None:
    try:
        return str(net.address(text))
    except InputError:
        return None


def moment(value: Any) -> datetime | None:
    """An aware time; None for anything else, a time without an offset included."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return found.astimezone(UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def utc_moment(value: Any) -> datetime | None:
    """A time without an offset, which Suricata writes in UTC (validity of certificates)."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return found.replace(tzinfo=UTC) if found and not found.tzinfo else moment(value)
    except ValueError:
        return None


def forwarded(value: Any) -> str | None:
    """The address that a proxy names, the first where it names several."""
    return address(value.split(",")[0].strip()) if isinstance(value, str) else None


def version(value: Any) -> str | None:
    """``1.1`` of ``HTTP/1.1``, ``1.2`` of ``TLS 1.2`` or ``TLSv1.2``."""
    return value.split("/")[-1].split(" ")[-1].lstrip("TLSv") or None if _is_text(value) else None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)

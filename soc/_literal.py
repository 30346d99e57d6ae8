"""What a literal or a stored value means as number, instant, truth, text or address.

Each function gives None where the value has no such meaning. All engines read literals here,
so they agree on what ``"0443"``, ``"2026-03-18"`` or ``::ffff:192.0.2.1`` stand for.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from soc import net
from soc.errors import InputError

NUMBER = r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?"  # a literal for a number column
DECIMAL = r"-?[0-9]{1,18}(\.[0-9]{1,18})?"  # a text that a numeric bound is compared with

_NUMBER = re.compile(NUMBER)
_DECIMAL = re.compile(DECIMAL)
_EVENT_ID = re.compile("[0-9a-f]{32}")
_V4 = bytes(10) + b"\xff\xff"  # how the twin of a v4 address begins


def number(value: object) -> int | float | None:
    """A finite number; whole numbers exactly, as int."""
    if isinstance(value, str):
        return _parsed(value)
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    return _whole(value) if isinstance(value, float) and math.isfinite(value) else None


@lru_cache(maxsize=4096)
def _parsed(text: str) -> int | float | None:
    if _NUMBER.fullmatch(text) is None:
        return None
    if text.lstrip("+-").isdigit():
        return int(text)
    value = float(text)
    return _whole(value) if math.isfinite(value) else None


def _whole(value: float) -> int | float:
    return int(value) if value == int(value) else value


def decimal(text: str) -> float | None:
    """The number that a text column spells in plain decimal digits, at most 18 and 18."""
    return float(text) if _DECIMAL.fullmatch(text) else None


def instant(value: object) -> datetime | None:
    """An aware time in UTC; an ISO 8601 text without offset is UTC, without time midnight."""
    if isinstance(value, str):
        return _instant(value)
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@lru_cache(maxsize=4096)
def _instant(text: str) -> datetime | None:
    try:
        return instant(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def truth(value: object) -> bool | None:
    """True and false, or their names in any case; never 1 and 0."""
    if isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return None
    return {"true": True, "false": False}.get(value.lower())


def text(value: object) -> str:
    """How a value reads: decimal digits, ``true``, an instant in UTC, or the text itself."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(_whole(value)) if math.isfinite(value) else repr(value)
    if isinstance(value, datetime):
        return f"{instant(value):%Y-%m-%dT%H:%M:%S.%fZ}"
    return str(value)


@lru_cache(maxsize=65_536)
def twin(value: str) -> bytes | None:
    """The 16-byte form of an address in any spelling, v4 mapped."""
    try:
        return net.twin(value)
    except InputError:
        return None


class Span(NamedTuple):
    """The twins of a network; a v6 network never holds a v4 address."""

    first: bytes
    last: bytes
    without_v4: bool  # the range covers ::ffff:0:0/96 although the network is v6

    def holds(self, twin: bytes) -> bool:
        """True where the address of the twin lies in the network."""
        if not self.first <= twin <= self.last:
            return False
        return not (self.without_v4 and twin.startswith(_V4))


V4 = Span(_V4 + bytes(4), _V4 + b"\xff" * 4, without_v4=False)  # all of IPv4


def span(network: str) -> Span:
    """The range of a network, or of one address.

    Raises:
        InputError: not a network, or host bits are set.
    """
    found = net.network(network)
    first, last = net.bounds(found)
    return Span(first, last, found.family == 6 and first <= V4.first and V4.last <= last)


def event_id(text: str) -> tuple[int, int] | None:
    """Signed source key and record number of an ``event.id`` in lowercase hexadecimal."""
    if _EVENT_ID.fullmatch(text) is None:
        return None
    key, record = int(text[:16], 16), int(text[16:], 16)
    if record >= 1 << 63:
        return None
    return key - (1 << 64) if key >= 1 << 63 else key, record

"""Rows of a blocklist as a sheet that people import into firewalls: 通用 CSV and XLSX."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from math import ceil
from operator import attrgetter
from typing import TYPE_CHECKING

from soc.errors import InputError
from soc.net import Network, network
from soc.text import label, text

if TYPE_CHECKING:
    from playbooks.blocklists import Entry

COLUMNS = (
    "row",
    "network",
    "direction",
    "category",
    "hits",
    "no",
    "left",
    "expires_at",
    "approved_by",
)
PLACE = COLUMNS.index("network")
WIDTHS = (8, 44, 10, 36, 8, 16, 14, 20, 14)  # in characters
_FORMULA = re.compile(r"[=+\-@＝＋－＠]")


def header() -> list[str]:
    """Titles of the columns; the format is a Chinese one wherever it is made."""
    return [text(f"block.sheet.{name}", "zh") for name in COLUMNS]


def rows(entries: Sequence[Entry], at: datetime) -> Iterator[tuple[str, ...]]:
    """One row an entry, by family and address, counted from 1; no cell begins a formula.

    Raises:
        InputError: an entry that has ended at ``at``.
    """
    for count, entry in enumerate(sorted(entries, key=attrgetter("network")), start=1):
        end = entry.expires_at.astimezone(at.tzinfo) if entry.expires_at else None
        yield (
            str(count),
            str(entry.network),
            _direction(entry.direction),
            neutral(entry.reason),
            "" if entry.hits is None else str(entry.hits),
            neutral(entry.no),
            _left(end - at if end else None, entry),
            f"{end:%Y-%m-%d %H:%M:%S}" if end else "",
            neutral(entry.approved_by),
        )


@lru_cache(maxsize=4_096)
def neutral(value: str) -> str:
    """The text on one line, as no spreadsheet takes it for a formula."""
    clean = "".join(char if char.isprintable() else " " for char in value)
    is_formula = _FORMULA.match(clean.lstrip()) or value[:1] in ("\t", "\r", "\n")
    return f"'{clean}" if value and is_formula else clean


@lru_cache(maxsize=16)
def _direction(value: str) -> str:
    return label(f"block.directions.{value}", "zh") if value else ""


def _left(left: object, entry: Entry) -> str:
    """What is left, in days and hours that are begun."""
    from datetime import timedelta

    if not isinstance(left, timedelta):
        return ""
    if left <= timedelta(0):
        raise InputError(f"blocklist: {entry.network}: has ended; leave it out")
    days, hours = divmod(ceil(left.total_seconds() / 3_600), 24)
    return text("block.sheet.span", "zh", days=days, hours=hours)


def written(cell: str, place: str) -> Network:
    """The network of a cell, which must be canonical.

    Raises:
        InputError: it is not.
    """
    found = network(cell)
    if str(found) != cell:
        raise InputError(f"{place}: {cell[:80]!r}: write {found}")
    return found

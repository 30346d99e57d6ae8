"""What a match row of an analytic says beside its columns: its figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

Row = Mapping[str, Any]
GONE = ("merged_into", "withdrawn")  # figures of a row that no longer counts
OWN = ("sentence", "group", "start", "end", "day", *GONE)  # not shown among the figures


def all_figures(row: Row) -> dict[str, str]:
    """Every figure of the row; a map column comes as pairs."""
    return dict(row.get("soc.match.figures") or ())


def figures(row: Row) -> dict[str, str]:
    """The figures that people see."""
    return {name: value for name, value in all_figures(row).items() if name not in OWN}


def sentence(row: Row) -> str | None:
    """The sentence that explains it; None for a Sigma rule."""
    return all_figures(row).get("sentence")


def start(row: Row) -> datetime | None:
    """When the episode began; None where the row is one event."""
    found = all_figures(row).get("start")
    return datetime.fromisoformat(found) if found else None


def is_gone(row: Row) -> bool:
    """True where the episode was merged into another or withdrawn."""
    return any(name in all_figures(row) for name in GONE)


def is_episode(row: Row) -> bool:
    """True for what may be issued again under its key, with all that is known by then."""
    return row.get("event.module") == "analytic"


def increments(rows: Iterable[Row], before: Mapping[str, int]) -> list[Row]:
    """The rows with the count that is new since ``before``, their counts by key."""
    return [_increment(row, before) for row in rows]


def _increment(row: Row, before: Mapping[str, int]) -> Row:
    if not is_episode(row):
        return row
    known = before.get(row["soc.match.key"], 0)
    return {**row, "soc.count": (row["soc.count"] or 0) - known}

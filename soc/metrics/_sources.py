"""The declared sources, and how much of the period each was seen."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast

from soc.coverage import BIN_S, Coverage, coverage
from soc.records.source import Source

if TYPE_CHECKING:
    from soc.metrics._number import Question


def sources(asked: Question) -> list[Source]:
    """The sources in use, by name."""

    def read() -> list[Source]:
        found = (cast("Source", each) for each in asked.records("source"))
        return sorted((s for s in found if s.state == "active"), key=lambda s: s.name)

    return asked.once("sources", read)


def covered(asked: Question) -> Coverage:
    """Coverage of the part of the period that is over, own scanners left out."""

    def read() -> Coverage:
        scanners = {each.name for each in sources(asked) if each.type == "scanner"}
        return coverage(asked.context.engine, asked.elapsed).without(scanners)

    return asked.once("coverage", read)


def by_observer(asked: Question) -> dict[str, float]:
    """Share of live bins of each expected source, 0 to 1."""
    found = covered(asked)
    if not found.expected_bins:
        return {}
    expected = found.expected_bins // len(found.observers)
    missing = dict.fromkeys(found.observers, 0)
    for observer, gap in found.gaps:
        missing[observer] += (gap.end - gap.start) // timedelta(seconds=BIN_S)
    return {name: 1 - lost / expected for name, lost in missing.items()}

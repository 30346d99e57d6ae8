"""Sources: how many deliver, and the share of time in which they did."""

from __future__ import annotations

from soc.metrics._number import Metric, Question, by_health
from soc.metrics._sources import by_observer


def sources_live(asked: Question) -> float:
    """Sources that delivered in the period."""
    return sum(1 for share in by_observer(asked).values() if share > 0)


def sources_silent(asked: Question) -> float:
    """Expected sources that delivered nothing in the period."""
    return len(by_observer(asked)) - sources_live(asked)


METRICS = (
    Metric("data_coverage", "share", "up", by_health, ("health",), parts={"observer": by_observer}),
    Metric("sources_live", "items", "up", sources_live, ("health",)),
    Metric("sources_silent", "items", "down", sources_silent, ("health",)),
)

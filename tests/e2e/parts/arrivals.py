"""Arrivals: flows from the internet to web servers."""

from __future__ import annotations

from soc.metrics._ask import total
from soc.metrics._number import Metric, Question
from soc.where import In


def web_flows(asked: Question) -> float | None:
    """Flow rows to ports 80 and 443."""
    return total(asked, "flow", In("destination.port", (80, 443)))


METRICS = (Metric("web_flows", "flows", "neutral", web_flows, ("flow",)),)

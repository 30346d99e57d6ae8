"""Flows: how many, how much at the declared place of counting, and the share of IPv6."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from soc.metrics._layers import by_layer, by_team
from soc.metrics._number import Metric, Question
from soc.metrics._sources import sources
from soc.query import Aggregate, Measure

ROLES = ("egress", "uplink", "cloud", "downlink")  # the first that a source declares counts


def seen(asked: Question) -> float | None:
    """Flow rows of the period."""
    rows: int = sum(row["n"] for row in _counted(asked))
    return rows


def by_observer(asked: Question) -> Mapping[str, float]:
    """Flow rows by the source that reported them."""
    found: dict[str, float] = {}
    for row in _counted(asked):
        name = row["observer.name"] or ""
        found[name] = found.get(name, 0) + row["n"]
    return found


def _counted(asked: Question) -> list[Any]:
    """Rows and bytes by source and family: one question for all numbers of flows."""
    query = Aggregate(
        "flow",
        (Measure("n", "count"), Measure("bytes", "sum", "network.bytes")),
        by=("observer.name", "network.type"),
        where=asked.counted(),
        period=asked.period,
    )
    return asked.once("flows", lambda: asked.aggregate(query).to_pylist())


def ipv6_share(asked: Question) -> float | None:
    """IPv6 flow rows over all flow rows; nothing to say without flows."""
    flows = seen(asked)
    if not flows:
        return None
    newer: int = sum(row["n"] for row in _counted(asked) if row["network.type"] == "ipv6")
    return newer / flows


def volume(asked: Question) -> float | None:
    """Bytes of both directions at the sources of one role; None where none is declared.

    Two routers export one flow each: counting at both would double it.
    """
    places = counting_places(asked)
    if not places:
        return None
    return sum(row["bytes"] or 0 for row in _counted(asked) if row["observer.name"] in places)


def counting_places(asked: Question) -> tuple[str, ...]:
    """Names of the sources that volume is counted at; the only observer where none is declared."""
    declared = [each for each in sources(asked) if each.counts_volume]
    for role in ROLES:
        names = sorted(each.name for each in declared if each.role == role)
        if names:
            return tuple(names)
    observers = list(by_observer(asked))
    return (observers[0],) if len(observers) == 1 and observers[0] else ()


METRICS = (
    Metric(
        "flows_seen",
        "flows",
        "neutral",
        seen,
        ("flow",),
        parts={
            "layer": lambda asked: by_layer(asked, by_observer(asked)),
            "team": lambda asked: by_team(asked, by_observer(asked)),
        },
    ),
    Metric("traffic_bytes", "bytes", "neutral", volume, ("flow",)),
    Metric("ipv6_share", "share", "up", ipv6_share, ("flow",)),
)

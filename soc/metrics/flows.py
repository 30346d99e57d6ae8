"""Flows: how many, how much at the declared place of counting, and the share of IPv6."""

from __future__ import annotations

from collections.abc import Mapping

from soc.metrics._ask import grouped, total
from soc.metrics._layers import by_layer, by_team
from soc.metrics._number import Metric, Question
from soc.metrics._sources import sources
from soc.where import Equals, In

ROLES = ("egress", "uplink", "cloud", "downlink")  # the first that a source declares counts


def seen(asked: Question) -> float | None:
    """Flow rows of the period."""
    return asked.once("flows", lambda: total(asked, "flow"))


def by_observer(asked: Question) -> Mapping[str, float]:
    """Flow rows by the source that reported them."""
    rows = asked.once("flows by observer", lambda: grouped(asked, "flow", ("observer.name",)))
    return {row["observer.name"] or "": row["n"] for row in rows}


def ipv6_share(asked: Question) -> float | None:
    """IPv6 flow rows over all flow rows; nothing to say without flows."""
    flows = seen(asked)
    if not flows:
        return None
    return (total(asked, "flow", Equals("network.type", "ipv6")) or 0) / flows


def volume(asked: Question) -> float | None:
    """Bytes of both directions at the sources of one role; None where none is declared.

    Two routers export one flow each: counting at both would double it.
    """
    places = counting_places(asked)
    if not places:
        return None
    counted = In("observer.name", places)
    return total(asked, "flow", counted, function="sum", column="network.bytes") or 0


def counting_places(asked: Question) -> tuple[str, ...]:
    """Names of the sources that volume is counted at; the only observer where none is declared."""
    declared = [each for each in sources(asked) if each.counts_volume]
    for role in ROLES:
        names = sorted(each.name for each in declared if each.role == role)
        if names:
            return tuple(names)
    observers = [row["observer.name"] for row in grouped(asked, "flow", ("observer.name",))]
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

"""Attacks as devices report them: blocked, let through, and from how many sources.

One attack is one source, destination and rule in one fixed bin of five minutes, so that counts
of days add up. The source of what came through a proxy or CDN is the client behind it. Own
scanners are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from soc.metrics._layers import by_layer, by_team
from soc.metrics._number import Metric, Question
from soc.metrics._sources import sources
from soc.query import Aggregate, Bucket, Measure
from soc.where import All, Cidr, In, Not, Some, Where

if TYPE_CHECKING:
    import pyarrow as pa

BIN_S = 300
DENIED: Where = Some(
    (
        In("event.type", ("denied",)),
        In("event.action", ("blocked", "block", "deny", "denied", "drop", "dropped", "reject")),
    )
)
_KEY = ("source.ip", "network.forwarded_ip", "destination.ip", "rule.id")
_UNIT = "soc.destination.unit"
_OBSERVER = "observer.name"


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack: deduplicated by source, destination, rule and bin."""

    bin: datetime
    source: str | None
    destination: str | None
    rule: str | None
    unit: str | None
    observer: str | None = None  # the first by name of those that reported it


def own_scanners(asked: Question) -> Where:
    """Rows whose source is not one of our scanners (sources of type ``scanner``)."""
    scanners = (each for each in sources(asked) if each.type == "scanner")
    prefixes = sorted({prefix for each in scanners for prefix in each.prefixes})
    return Not(Some(tuple(Cidr("source.ip", prefix) for prefix in prefixes)))


def attacks_of(asked: Question, datasets: tuple[str, ...], wanted: Where) -> list[Attack]:
    """The attacks among the rows of some datasets."""
    where = asked.counted(wanted, own_scanners(asked))
    bucket = Bucket(BIN_S, zone=asked.context.config.site.time_zone)
    found: dict[tuple[object, ...], Attack] = {}
    for dataset in datasets:
        query = Aggregate(
            dataset,
            (Measure("n", "count"),),
            by=(*_KEY, _UNIT, _OBSERVER),
            bucket=bucket,
            where=where,
            period=asked.period,
        )
        for attack in _rows(asked.aggregate(query)):
            key = (attack.bin, attack.source, attack.destination, attack.rule)
            found.setdefault(key, attack)
    return list(found.values())


def _rows(table: pa.Table) -> Iterator[Attack]:
    names = ("bucket", *_KEY, _UNIT, _OBSERVER)
    columns = (table.column(name).to_pylist() for name in names)
    for bin, sender, behind, *rest in zip(*columns, strict=True):
        yield Attack(bin, behind or sender, *rest)


def blocked(asked: Question) -> list[Attack]:
    """Attacks that a device refused."""
    return asked.once("blocked", lambda: attacks_of(asked, ("alert", "firewall"), DENIED))


def passed(asked: Question) -> list[Attack]:
    """Attacks that a device reported and did not refuse; a firewall's permits are plain traffic."""
    return asked.once("passed", lambda: attacks_of(asked, ("alert",), All((Not(DENIED),))))


def count_blocked(asked: Question) -> float:
    """Attacks refused, one a source, destination, rule and five minutes."""
    return len(blocked(asked))


def count_passed(asked: Question) -> float:
    """Attacks reported and not refused, one a source, destination, rule and five minutes."""
    return len(passed(asked))


def count_sources(asked: Question) -> float:
    """Distinct addresses that attacked, refused or not."""
    attacks = (*blocked(asked), *passed(asked))
    return len({attack.source for attack in attacks if attack.source})


def by_source(attacks: list[Attack]) -> Mapping[str, float]:
    return Counter(attack.source or "" for attack in attacks)


def by_unit(attacks: list[Attack]) -> Mapping[str, float]:
    """Member ``""``: the address is not in the ledger."""
    return Counter(attack.unit or "" for attack in attacks)


def by_observer(attacks: list[Attack]) -> Mapping[str, float]:
    return Counter(attack.observer or "" for attack in attacks)


def by_hour(asked: Question, attacks: list[Attack]) -> Mapping[str, float]:
    """Member: hour of the site's clock, ``00`` to ``23``."""
    zone = ZoneInfo(asked.context.config.site.time_zone)
    return Counter(f"{attack.bin.astimezone(zone):%H}" for attack in attacks)


METRICS = (
    Metric(
        "attacks_blocked",
        "times",
        "neutral",
        count_blocked,
        ("alert", "firewall"),
        parts={
            "source": lambda asked: by_source(blocked(asked)),
            "unit": lambda asked: by_unit(blocked(asked)),
            "hour": lambda asked: by_hour(asked, blocked(asked)),
            "layer": lambda asked: by_layer(asked, by_observer(blocked(asked))),
            "team": lambda asked: by_team(asked, by_observer(blocked(asked))),
        },
    ),
    Metric(
        "attacks_passed",
        "times",
        "down",
        count_passed,
        ("alert",),
        parts={
            "source": lambda asked: by_source(passed(asked)),
            "unit": lambda asked: by_unit(passed(asked)),
            "hour": lambda asked: by_hour(asked, passed(asked)),
            "layer": lambda asked: by_layer(asked, by_observer(passed(asked))),
            "team": lambda asked: by_team(asked, by_observer(passed(asked))),
        },
    ),
    Metric("attack_sources", "items", "neutral", count_sources, ("alert", "firewall")),
)

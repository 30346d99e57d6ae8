"""Scans: which targets were measured, which stayed unknown, how many hosts are up."""

from __future__ import annotations

from collections import defaultdict

from soc.metrics._ask import grouped
from soc.metrics._number import Metric, Question
from soc.where import Exists

Endpoint = tuple[str | None, str | None]  # zone and address: an address alone is no key


def answers(asked: Question) -> dict[Endpoint, set[str]]:
    """What the scans of the period said of each target: up, down, unknown.

    A measurement of ours is real also on a made day.
    """

    def read() -> dict[Endpoint, set[str]]:
        by = ("soc.destination.zone", "destination.ip", "soc.scan.host")
        found: dict[Endpoint, set[str]] = defaultdict(set)
        for row in grouped(asked, "scan", by, Exists("soc.scan.host"), also=("live", "imported")):
            found[row[by[0]], row[by[1]]].add(row[by[2]])
        return dict(found)

    return asked.once("scan answers", read)


def covered(asked: Question) -> float:
    """Targets that were measured: up or down for certain."""
    return sum(1 for said in answers(asked).values() if said & {"up", "down"})


def unknown(asked: Question) -> float:
    """Targets that timed out or were not reached, and were not measured otherwise."""
    return len(answers(asked)) - covered(asked)


def up(asked: Question) -> float:
    """Targets that answered."""
    return sum(1 for said in answers(asked).values() if "up" in said)


def measured_share(asked: Question) -> float | None:
    """Measured targets over all targets; None without a scan."""
    targets = len(answers(asked))
    return covered(asked) / targets if targets else None


METRICS = (
    Metric("scan_covered", "hosts", "up", covered, ("scan",), measured_share),
    Metric("scan_unknown", "hosts", "down", unknown, ("scan",), measured_share),
    Metric("hosts_up", "hosts", "neutral", up, ("scan",), measured_share),
)

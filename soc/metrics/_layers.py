"""Counts by observer summed up by where the observer stands and whose it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from soc.metrics._sources import sources

if TYPE_CHECKING:
    from soc.metrics._number import Question

Counts = Mapping[str, float]


def by_layer(asked: Question, counts: Counts) -> Counts:
    """Member: cloud, network, edge or endpoint; ``""`` where no source in use says."""
    return _summed(counts, {each.name: each.layer or "" for each in sources(asked)})


def by_team(asked: Question, counts: Counts) -> Counts:
    """Member: the team that runs the observer; ``""`` where no source in use says."""
    return _summed(counts, {each.name: each.team or "" for each in sources(asked)})


def _summed(counts: Counts, members: Mapping[str, str]) -> Counts:
    found: dict[str, float] = defaultdict(float)
    for observer, count in counts.items():
        found[members.get(observer, "")] += count
    return dict(found)

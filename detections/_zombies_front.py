"""Systems behind others: a data base is used by whoever uses the application in front of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from detections._zombies_facts import Front


@dataclass(frozen=True, slots=True)
class Stand:
    """A system with its addresses, who called it, and by how many it was used."""

    id: str
    name: str
    addresses: frozenset[str]
    callers: frozenset[str]
    clients: int


def fronts(stands: Iterable[Stand]) -> dict[str, Front]:
    """By id the busiest system before it, through however many others; none: no entry."""
    known = {stand.id: stand for stand in stands}
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for stand in known.values():
        for text in stand.addresses:
            owners[text].add(stand.id)
    before = {
        id: {other for text in stand.callers for other in owners.get(text, ())} - {id}
        for id, stand in known.items()
    }
    found = {id: _busiest(_reached(id, before) - {id}, known) for id in known}
    return {id: front for id, front in found.items() if front is not None}


def _reached(id: str, before: Mapping[str, set[str]]) -> set[str]:
    """Every system before this one."""
    met: set[str] = set()
    waiting = list(before[id])
    while waiting:
        next_id = waiting.pop()
        if next_id not in met:
            met.add(next_id)
            waiting += before[next_id]
    return met


def _busiest(ids: Iterable[str], known: Mapping[str, Stand]) -> Front | None:
    stands = sorted((known[id] for id in ids), key=lambda s: (-s.clients, s.id))
    return Front(stands[0].name, stands[0].clients) if stands else None

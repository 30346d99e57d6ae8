"""Data sets whose template has not come: kept, bounded in octets and time, for replay."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import NamedTuple

OCTETS = 4 << 20  # an exporter
ALL_OCTETS = 64 << 20  # all exporters
SECONDS = 15 * 60


class Kept(NamedTuple):
    """A data set, with what is needed to decode it later."""

    at_us: int  # by the clock of the capture, or of the exporter
    source: int
    template: int
    head: bytes  # of its message
    arrival_us: int
    body: bytes


@dataclass(slots=True)
class Budget:
    """Octets that all rings hold together."""

    used: int = 0


@dataclass(slots=True)
class Ring:
    """Sets of one exporter and domain, oldest first, found by template."""

    budget: Budget
    kept: OrderedDict[int, Kept] = field(default_factory=OrderedDict)  # by serial number, ascending
    serials: dict[int, deque[int]] = field(default_factory=dict)  # by template
    octets: int = 0
    next: int = 0

    def keep(self, one: Kept) -> list[Kept]:
        """Those that had to go for it: too old, or beyond the bounds (perhaps itself)."""
        self.kept[self.next] = one
        self.serials.setdefault(one.template, deque()).append(self.next)
        self.next += 1
        self._count(_cost(one))
        gone = []
        while self.kept and self._is_over(one.at_us):
            gone.append(self._drop())
        return gone

    def take(self, template: int) -> list[Kept]:
        """All that waits for a template, in the order in which it came."""
        found = [self.kept.pop(serial) for serial in self.serials.pop(template, ())]
        self._count(-sum(map(_cost, found)))
        return found

    def _drop(self) -> Kept:
        _, first = self.kept.popitem(last=False)
        self.serials[first.template].popleft()
        if not self.serials[first.template]:
            del self.serials[first.template]
        self._count(-_cost(first))
        return first

    def _count(self, octets: int) -> None:
        self.octets += octets
        self.budget.used += octets

    def _is_over(self, now_us: int) -> bool:
        oldest = next(iter(self.kept.values()))
        is_old = now_us - oldest.at_us > SECONDS * 1_000_000
        return is_old or self.octets > OCTETS or self.budget.used > ALL_OCTETS


def _cost(one: Kept) -> int:
    return len(one.body) + 200  # of the objects around it

"""Parts of a scan that run side by side: no access link sees a burst, no part is large."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import TypeVar

Item = TypeVar("Item")

MOST_HOSTS = 256  # of one shard: a /24
LEAST_HOSTS = 8  # fewer are not worth a process of their own


@dataclass(frozen=True, slots=True)
class Open:
    """A host and its open TCP ports."""

    address: str
    ports: tuple[int, ...]  # ascending
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Shard:
    """Hosts with the same open ports: one process asks exactly those."""

    family: int
    ports: tuple[int, ...]
    addresses: tuple[str, ...]


def interleaved(items: Iterable[Item], of: Callable[[Item], Hashable]) -> list[Item]:
    """The items, those of one group never side by side while another group has some left."""
    groups: dict[Hashable, list[Item]] = defaultdict(list)
    for item in items:
        groups[of(item)].append(item)
    rounds = zip_longest(*groups.values(), fillvalue=None)
    return [item for item in chain.from_iterable(rounds) if item is not None]


def shards(hosts: Sequence[Open], processes: int) -> list[Shard]:
    """Every host in one shard, units mixed; rare sets of ports first.

    How long a shard takes hangs on its most silent port, not on its size; silent ones are rare.
    """
    groups: dict[tuple[int, tuple[int, ...]], list[str]] = defaultdict(list)
    for host in interleaved(hosts, lambda host: host.unit):
        family = 6 if ":" in host.address else 4
        groups[family, host.ports].append(host.address)
    size = min(MOST_HOSTS, max(LEAST_HOSTS, -(-len(hosts) // (processes * 2))))
    made = [
        Shard(family, ports, tuple(addresses[start : start + size]))
        for (family, ports), addresses in groups.items()
        for start in range(0, len(addresses), size)
    ]
    return sorted(made, key=lambda shard: len(shard.addresses))


def share(budget: int, parts: int) -> int:
    """What each of several running parts may send of one budget of packets a second."""
    return max(1, budget // max(1, parts))

"""Parts of a scan that run side by side: no access link sees a burst, no part is large."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from soc.net import Network

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


def capped(rate: int, cap: int | None, networks: Iterable[Network]) -> int:
    """The rate at which no /24 (IPv6: /64) among the networks gets more than the cap a second.

    nmap spreads its probes over its hosts evenly, so the fullest /24 gets its share of them.
    """
    sizes: Counter[tuple[int, int]] = Counter()
    for each in networks:
        width = 8 if each.family == 4 else 64
        parts = max(1, each.size >> width)
        sizes[each.family, each.value >> width] += each.size // parts
        if parts > 1:
            sizes[each.family, -each.value] += each.size - each.size // parts
    fullest = max((size for (_, place), size in sizes.items() if place >= 0), default=0)
    if cap is None or not fullest:
        return rate
    return max(1, min(rate, cap * sizes.total() // fullest))


def share(budget: int, parts: int) -> int:
    """What each of several running parts may send of one budget of packets a second."""
    return max(1, budget // max(1, parts))

"""Which alerts and blocks belong to a drill: pure decisions over records.

A record that names drills belongs to those and to no other. One that names none belongs to
every drill in whose time it falls and whose registered sources or targets it concerns: of two
drills that overlap each gets its own, and what both registered counts for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from soc.errors import InputError
from soc.net import Network, common, covers, merge, network

if TYPE_CHECKING:
    from soc.records.alert import Alert
    from soc.records.block import Block
    from soc.records.drill import Drill


@dataclass(frozen=True)
class Bounds:
    """A drill as membership sees it."""

    id: str
    start: datetime
    end: datetime | None  # None: it goes on
    sources: list[Network] = field(default_factory=list)  # registered attack sources, merged
    targets: list[Network] = field(default_factory=list)  # targets that are networks, merged
    systems: frozenset[str] = field(default_factory=frozenset)  # targets that are systems

    @classmethod
    def of(cls, drill: Drill) -> Bounds:
        """The bounds of a drill as registered."""
        networks, names = _sorted(drill.targets)
        sources, _ = _sorted(drill.attack_sources)
        return cls(
            id=drill.id,
            start=drill.start,
            end=drill.end,
            sources=merge(sources),
            targets=merge(networks),
            systems=frozenset(names),
        )

    def touches(self, first: datetime, last: datetime) -> bool:
        """True where the span falls into the drill's time, in part at least."""
        return last >= self.start and (self.end is None or first < self.end)


def has_alert(bounds: Bounds, alert: Alert) -> bool:
    """True where the alert belongs to the drill."""
    if alert.drills:
        return bounds.id in alert.drills
    if not bounds.touches(alert.first_seen, alert.last_seen):
        return False
    return _is_attacked_from(bounds, alert) or _is_target(bounds, alert)


def drills_of(alert: Alert, drills: Iterable[Drill]) -> list[Drill]:
    """Those of the drills that the alert belongs to; a cancelled one has none."""
    standing = (each for each in drills if each.state != "cancelled")
    return [each for each in standing if has_alert(Bounds.of(each), alert)]


def _is_attacked_from(bounds: Bounds, alert: Alert) -> bool:
    named = (n for a in alert.attackers for n in (a.address, a.forwarded) if n)
    return any(covers(bounds.sources, found) for found in _networks(named))


def _is_target(bounds: Bounds, alert: Alert) -> bool:
    if any({victim.system, victim.asset} & bounds.systems for victim in alert.victims):
        return True
    return any(covers(bounds.targets, found) for found in _networks(map(host, _ends(alert))))


def _ends(alert: Alert) -> Iterator[str]:
    return (victim.endpoint for victim in alert.victims)


def has_block(bounds: Bounds, block: Block, alerts: frozenset[str]) -> bool:
    """True where the block belongs to the drill, whose alerts are ``alerts``."""
    if block.drills:
        return bounds.id in block.drills
    if any(reason.alert in alerts for reason in block.reasons):
        return True
    is_source = any(common(bounds.sources, found) for found in _networks((block.prefix,)))
    return is_source and any(bounds.touches(at, at) for at in _moments(block))


def _moments(block: Block) -> Iterator[datetime]:
    """When something was known of it or done about it; its last change says nothing."""
    known = (block.first_seen, block.approved_at, block.effective_at)
    yield from (at for at in known if at is not None)
    yield from (reason.at for reason in block.reasons if reason.at is not None)


def host(endpoint: str) -> str:
    """The address of an endpoint that is an address, or an address and a port."""
    if endpoint.startswith("["):
        return endpoint[1:].partition("]")[0]
    head, colon, _ = endpoint.partition(":")
    return head if colon and "." in head else endpoint


def _networks(texts: Iterable[str]) -> Iterator[Network]:
    """Those of the texts that are addresses or networks."""
    return iter(_sorted(texts)[0])


def _sorted(texts: Iterable[str]) -> tuple[list[Network], list[str]]:
    """Networks, and what else there is."""
    networks, others = [], []
    for each in texts:
        try:
            networks.append(network(each))
        except InputError:
            others.append(each)
    return networks, others

"""Which unregistered addresses are alive, and whose they may be; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

_DAYS, _SOURCES = 2, 2  # one source on so many days, or so many sources


@dataclass(frozen=True, slots=True)
class Sighting:
    """An address answered: by one source, on one day."""

    zone: str | None
    ip: str
    source: str  # scan, flow, log, or presence and its product
    day: date
    ports: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Witness:
    """What one source says of an address."""

    source: str
    first: date
    last: date
    days: int
    ports: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shadow:
    """An address that lives and stands in no ledger; ``unit`` is who it is probably of."""

    zone: str | None
    ip: str
    unit: str | None
    witnesses: tuple[Witness, ...]
    is_terminal: bool = False  # in a pool: counted, never told

    @property
    def subject(self) -> str:
        """Zone and address, as the verdict's subject."""
        return f"{self.zone} {self.ip}" if self.zone else self.ip

    @property
    def ports(self) -> tuple[int, ...]:
        return tuple(sorted({port for witness in self.witnesses for port in witness.ports}))


def witnesses(sightings: Iterable[Sighting]) -> dict[tuple[str | None, str], tuple[Witness, ...]]:
    """Sightings by address and source."""
    held: defaultdict[tuple[str | None, str], defaultdict[str, list[Sighting]]]
    held = defaultdict(lambda: defaultdict(list))
    for sighting in sightings:
        held[sighting.zone, sighting.ip][sighting.source].append(sighting)
    return {
        key: tuple(_witness(source, seen) for source, seen in sorted(by.items()))
        for key, by in held.items()
    }


def _witness(source: str, seen: list[Sighting]) -> Witness:
    days = {sighting.day for sighting in seen}
    ports = sorted({port for sighting in seen for port in sighting.ports})
    return Witness(source, min(days), max(days), len(days), tuple(ports))


def is_alive(found: Iterable[Witness]) -> bool:
    """True for what two sources saw, or one on two days."""
    held = list(found)
    return len(held) >= _SOURCES or any(witness.days >= _DAYS for witness in held)


def judged(
    found: Mapping[tuple[str | None, str], tuple[Witness, ...]],
    units: Mapping[tuple[str | None, str], str | None],
    pools: Iterable[tuple[str | None, str]],
) -> list[Shadow]:
    """Shadows by zone and address; what is registered was left out before."""
    terminals = set(pools)
    return [
        Shadow(zone, ip, units.get((zone, ip)), seen, (zone, ip) in terminals)
        for (zone, ip), seen in sorted(found.items(), key=lambda item: _rank(item[0]))
        if is_alive(seen)
    ]


def _rank(key: tuple[str | None, str]) -> tuple[str, str]:
    return key[0] or "", key[1]

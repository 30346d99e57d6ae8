"""What the ledger says of each system: its places, its owner, and why it may not be scored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, cast

from detections._zombies_facts import Declared
from soc.errors import InputError
from soc.net import network

if TYPE_CHECKING:
    from soc.context import Context
    from soc.records.asset import Asset
    from soc.records.contact import Contact
    from soc.records.finding import Finding
    from soc.records.system import System

_GEAR = frozenset({"network", "security", "nat", "terminal", "kiosk", "iot"})
_SETTLED = ("closed", "false_positive")
_LEAST_DIGITS = 7  # of a telephone number


@dataclass(frozen=True, slots=True)
class Place:
    """Where a system is reached, keyed as daily use is; no port: whatever the host offers."""

    zone: str | None
    ip: str
    port: int | None = None
    transport: str | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """One system of the ledger."""

    system: System
    assets: tuple[Asset, ...]
    places: tuple[Place, ...]
    excluded: str | None
    has_owner: bool
    findings: tuple[Finding, ...] = ()

    @property
    def zone(self) -> str | None:
        return self.places[0].zone if self.places else None

    @property
    def maintained_on(self) -> date | None:
        return max((a.maintained_on for a in self.assets if a.maintained_on), default=None)

    @property
    def lacks_filing(self) -> bool:
        """No number of a 等保 filing where one is required: reachable from outside, or level 2."""
        mlps = self.system.mlps
        is_graded = mlps is not None and (mlps.level or 0) >= 2
        is_required = is_graded or self.system.exposure in ("internet", "extranet")
        return is_required and not (mlps and mlps.filing_no)

    @property
    def declared(self) -> Declared | None:
        found = self.system.declaration
        return Declared(found.pattern, found.until, found.approver) if found else None


def registered(context: Context) -> list[Registered]:
    """Every system, by id; what several claim is marked as shared."""
    records = context.store.records
    assets: defaultdict[str, list[Asset]] = defaultdict(list)
    for asset in cast("Iterator[Asset]", records.find("asset")):
        for system in asset.systems:
            assets[system].append(asset)
    systems = {s.id: s for s in cast("Iterator[System]", records.find("system"))}
    today = context.calendar.date_of(context.clock.now())
    places = {id: _places(assets[id], today) for id in systems}
    shared = _shared(places, {id for id, s in systems.items() if s.state == "retired"})
    left = _left(cast("Iterator[Contact]", records.find("contact")))
    findings = _findings(cast("Iterator[Finding]", records.find("finding")))
    return [
        Registered(
            system=systems[id],
            assets=tuple(assets[id]),
            places=places[id],
            excluded=_excluded(systems[id], assets[id], id in shared),
            has_owner=_has_owner(systems[id], assets[id], left),
            findings=tuple(_of(findings, id, assets[id])),
        )
        for id in sorted(systems)
    ]


def _places(assets: Iterable[Asset], today: date) -> tuple[Place, ...]:
    found = {
        Place(
            e.zone, e.address, e.port, e.protocol.lower() if e.protocol and e.port else None
        ): None
        for asset in assets
        for e in asset.endpoints
        if e.address and _is_host(e.address) and not (e.end and e.end < today)
    }
    return tuple(found)


def _is_host(text: str) -> bool:
    try:
        return network(text).is_host
    except InputError:
        return False


def _shared(places: Mapping[str, Iterable[Place]], retired: set[str]) -> set[str]:
    """Systems whose use cannot be told from that of another one that runs."""
    claims: defaultdict[tuple[str | None, str], list[tuple[str, Place]]] = defaultdict(list)
    for id, own in places.items():
        for place in own:
            claims[place.zone, place.ip].append((id, place))
    return {
        id
        for held in claims.values()
        for id, place in held
        if any(
            other != id and other not in retired and _collide(place, theirs)
            for other, theirs in held
        )
    }


def _collide(one: Place, other: Place) -> bool:
    if one.port is None or other.port is None:
        return True
    is_same = one.transport == other.transport or None in (one.transport, other.transport)
    return one.port == other.port and is_same


def _excluded(system: System, assets: list[Asset], is_shared: bool) -> str | None:
    if system.state == "planned":
        return "planned"
    if assets and all(asset.type in _GEAR for asset in assets):
        return "network"
    return "shared" if is_shared else None


def _left(contacts: Iterable[Contact]) -> dict[tuple[str | None, str], bool]:
    """People by unit and name: True for who has left, or whose number cannot be one."""
    return {(c.unit, c.name): c.state == "left" or not _rings(c.phone) for c in contacts}


def _rings(phone: str | None) -> bool:
    """True unless a number is given that is none; without one nothing is known."""
    return not phone or sum(letter.isdigit() for letter in phone) >= _LEAST_DIGITS


def _has_owner(
    system: System, assets: list[Asset], left: Mapping[tuple[str | None, str], bool]
) -> bool:
    owners = [(a.unit or system.unit, a.owner) for a in assets if a.owner]
    return any(not left.get((unit, name), False) for unit, name in owners)


def _findings(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Those that stand, by system and by asset."""
    held: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.state not in _SETTLED:
            for id in filter(None, (finding.system, finding.asset)):
                held[id].append(finding)
    return dict(held)


def _of(findings: Mapping[str, list[Finding]], id: str, assets: list[Asset]) -> list[Finding]:
    named = [f for key in (id, *(a.id for a in assets)) for f in findings.get(key, ())]
    return list({finding.id: finding for finding in named}.values())

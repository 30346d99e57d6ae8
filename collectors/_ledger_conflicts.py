"""Endpoints that more than one unit claims."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from soc.errors import InputError
from soc.net import Lookup, network
from soc.records.asset import Asset, Endpoint
from soc.records.zone import Zone

if TYPE_CHECKING:
    from soc.store import Records

ZoneOf = Callable[[Endpoint], str | None]


@dataclass(frozen=True, slots=True)
class Conflict:
    """One endpoint that two units claim."""

    zone: str | None
    address: str
    port: int | None
    units: tuple[str, ...]  # ids; names where people read it
    assets: tuple[str, ...] = ()  # ids of what claims it


def contested(assets: Iterable[Asset], zone_of: ZoneOf) -> Iterator[Conflict]:
    """One conflict an address; an endpoint without a port claims every port.

    Public addresses of a NAT are shared by right and are left out, as is what is retired.
    """
    claims: dict[tuple[str | None, str], list[tuple[int | None, Asset]]] = defaultdict(list)
    for asset in assets:
        if asset.unit is None or asset.state == "retired":
            continue
        for endpoint in asset.endpoints:
            if endpoint.address and endpoint.role != "nat":
                claims[zone_of(endpoint), endpoint.address].append((endpoint.port, asset))
    for (zone, address), claimed in claims.items():
        if len({asset.unit for _, asset in claimed}) > 1:
            yield from _first(zone, address, claimed)


def _first(
    zone: str | None, address: str, claimed: list[tuple[int | None, Asset]]
) -> Iterator[Conflict]:
    for port in dict.fromkeys(port for port, _ in claimed):
        by = [asset for held, asset in claimed if held == port or held is None or port is None]
        units = tuple(sorted({asset.unit or "" for asset in by}))
        if len(units) > 1:
            yield Conflict(zone, address, port, units, tuple(dict.fromkeys(a.id for a in by)))
            return


def zones_of(records: Records) -> ZoneOf:
    """Zone of an endpoint: its own, else the public one around it, as the estate has it."""
    zones = [cast("Zone", record) for record in records.find("zone")]
    public = Lookup(
        (network(prefix), zone.name)
        for zone in zones
        if zone.state == "active" and not zone.private
        for prefix in zone.prefixes
    )

    def zone_of(endpoint: Endpoint) -> str | None:
        if endpoint.zone or not endpoint.address:
            return endpoint.zone
        try:
            return public.get(network(endpoint.address.partition("-")[0]))
        except InputError:
            return None

    return zone_of

"""The endpoints that the ledger has in use: whose daily use is counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast

from soc.errors import InputError
from soc.net import network

if TYPE_CHECKING:
    import pyarrow as pa

    from soc.context import Context
    from soc.records.asset import Asset


class Place(NamedTuple):
    """An endpoint; without a port all services of the address together."""

    zone: str | None
    ip: str
    port: int | None
    transport: str | None


@dataclass(frozen=True)
class Places:
    """Endpoints in order, and what finds their rows."""

    all: tuple[Place, ...]
    private: frozenset[str]  # zones whose addresses mean something only inside

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(sorted({place.ip for place in self.all}))

    @property
    def ports(self) -> tuple[int, ...]:
        return tuple(sorted({place.port for place in self.all if place.port is not None}))

    def attributed(self, zones: pa.Array, addresses: pa.Array) -> pa.Array:
        """Zones of rows; where the row has none that of the only public endpoint, else empty.

        A row that was stored before the ledger had its address carries no zone.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        distinct = pc.unique(addresses)
        only = self._only()
        named = pa.array([only.get(name) for name in distinct.to_pylist()], pa.string())
        places = pc.index_in(addresses, value_set=_flat(distinct))
        return pc.fill_null(pc.coalesce(zones, named.take(_flat(places))), "")

    def _only(self) -> dict[str, str]:
        zones: dict[str, set[str]] = {}
        for place in self.all:
            if place.zone and place.zone not in self.private:
                zones.setdefault(place.ip, set()).add(place.zone)
        return {ip: next(iter(named)) for ip, named in zones.items() if len(named) == 1}


def _flat(column: pa.Array) -> pa.Array:
    import pyarrow as pa

    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def places(context: Context) -> Places:
    """Single addresses of assets in use, with the ports that are registered."""
    from soc.where import Equals

    assets = context.store.records.find("asset", Equals("state", "active"))
    found = {place for asset in assets for place in _of(cast("Asset", asset), context)}
    ordered = sorted(found, key=lambda p: tuple("" if v is None else str(v) for v in p))
    return Places(tuple(ordered), context.estate.private)


def _of(asset: Asset, context: Context) -> Iterator[Place]:
    today = context.calendar.date_of(context.clock.now())
    for each in asset.endpoints:
        is_over = each.end is not None and each.end < today
        if each.address is None or is_over or not _is_host(each.address):
            continue
        transport = each.protocol.lower() if each.protocol and each.port is not None else None
        yield Place(each.zone, each.address, each.port, transport)


def _is_host(text: str) -> bool:
    try:
        return network(text).is_host
    except InputError:
        return False

"""The ledger's records (zones, assets) as claims."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from hashlib import blake2b
from typing import TYPE_CHECKING, cast

from soc._estate_claim import ENDPOINT, RANGE, ZONE, Claim, Owner
from soc.errors import InputError
from soc.net import Lookup, Network, address, network, span
from soc.records.asset import Asset, Endpoint
from soc.records.zone import Zone

if TYPE_CHECKING:
    from soc.records import Record
    from soc.store import Records

log = logging.getLogger(__name__)

Parts = tuple[tuple[Claim, ...], frozenset[str], int]  # claims, private zones, version


def read(records: Records, at: datetime | None, days: tzinfo) -> Parts:
    """What ``Estate.read`` is made of."""
    zones = [cast("Zone", r) for r in records.find("zone", at=at) if r.state == "active"]
    assets = [cast("Asset", r) for r in records.find("asset", at=at) if r.state != "retired"]
    return built(zones, assets, days)


def built(zones: Iterable[Zone], assets: Iterable[Asset], days: tzinfo) -> Parts:
    """The claims of these records; a day of the ledger begins at midnight in ``days``."""
    zones, assets = list(zones), list(assets)
    if not zones and not assets:
        return (), frozenset(), 0
    claims = [claim for zone in zones for claim in _of_zone(zone)]
    private = frozenset(zone.name for zone in zones if zone.private)
    public = Lookup((c.network, c.owner.zone) for c in claims if c.owner.zone not in private)
    claims += [claim for asset in assets for claim in _of_asset(asset, public, days)]
    return tuple(claims), private, _version([*zones, *assets])


def _version(records: list[Record]) -> int:
    """A positive signed 64-bit digest of which revisions were read."""
    digest = blake2b(digest_size=8)
    for record in sorted(records, key=lambda r: (r.kind, r.id)):
        digest.update(f"{record.kind}\0{record.id}\0{record.revision}\0{record.at}\n".encode())
    return int.from_bytes(digest.digest(), "big") >> 1


def _of_zone(zone: Zone) -> Iterator[Claim]:
    for text in zone.prefixes:
        for found in _networks(text, zone.id):
            yield Claim(found, Owner(zone=zone.name), ZONE)


def _of_asset(asset: Asset, public: Lookup[str | None], days: tzinfo) -> Iterator[Claim]:
    """Claims of the endpoints; one that names no zone lies in the public zone around it."""
    system = asset.systems[0] if len(asset.systems) == 1 else None
    for endpoint in asset.endpoints:
        since, until = _valid(endpoint, days)
        for found in _networks(endpoint.address, asset.id):
            zone = endpoint.zone or public.get(found)
            owner = Owner(asset.unit, zone, asset.id, system)
            yield Claim(found, owner, ENDPOINT if found.is_host else RANGE, since, until)


def _valid(endpoint: Endpoint, days: tzinfo) -> tuple[datetime | None, datetime | None]:
    """From the first moment of the first day to the end of the last one."""
    since = _midnight(endpoint.start, days) if endpoint.start else None
    until = _midnight(endpoint.end + timedelta(days=1), days) if endpoint.end else None
    return since, until


def _midnight(day: date, days: tzinfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=days)


def _networks(text: str | None, record: str) -> list[Network]:
    """An address, a prefix, or ``first-last``; nothing for a text that is none of them."""
    if not text:
        return []
    first, dash, last = text.partition("-")
    try:
        return _range(address(first), address(last)) if dash else [network(text)]
    except InputError:
        log.warning("ledger address cannot be read", extra={"soc.record_id": record})
        return []


def _range(first: Network, last: Network) -> list[Network]:
    if first.family != last.family or first.value > last.value:
        raise InputError(f"range: {first}-{last}: write the lower address first")
    return span(first.family, first.value, last.value)

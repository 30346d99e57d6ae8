"""What the ledger says, as rows for people: assets, units, and whose an address is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from soc.errors import InputError
from soc.net import network
from soc.records import Record
from soc.records.asset import Asset
from soc.records.unit import Unit
from soc.where import EVERYTHING, All, Contains, Equals, Where

if TYPE_CHECKING:
    from datetime import datetime

    from collectors._ledger_conflicts import Conflict
    from soc.context import Context
    from soc.estate import Owner

R = TypeVar("R", bound=Record)


def assets(
    context: Context, *, unit: str | None = None, zone: str | None = None, name: str | None = None
) -> list[dict[str, Any]]:
    """One entry an asset, by unit and name.

    Args:
        unit: id or name; only its assets.
        zone: only assets with an endpoint in it.
        name: only assets whose name contains it.

    Raises:
        InputError: no such unit.
    """
    parts: list[Where] = [Equals("unit", _unit(context, unit).id)] if unit else []
    parts += [Equals("endpoints.zone", zone)] if zone else []
    parts += [Contains("name", name)] if name else []
    names = {found.id: found.name for found in _all(context, "unit", Unit)}
    rows = [_asset(asset, names) for asset in _all(context, "asset", Asset, All(tuple(parts)))]
    return sorted(rows, key=lambda row: (row["unit"] or "", row["name"], row["id"]))


def asset(context: Context, key: str) -> dict[str, Any]:
    """Everything about one asset, by its id.

    Raises:
        InputError: no such asset.
    """
    found = context.store.records.get("asset", key)
    if found is None:
        raise InputError(f"asset {key!r}: there is none; see `soc assets list`")
    return _document(found)


def units(context: Context) -> list[dict[str, Any]]:
    """One entry a unit, by name, with the number of its assets and systems."""
    assets_of = _counted(context, "asset")
    systems_of = _counted(context, "system")
    rows = [
        {
            "id": unit.id,
            "name": unit.name,
            "type": unit.type,
            "state": unit.state,
            "systems": systems_of.get(unit.id, 0),
            "assets": assets_of.get(unit.id, 0),
        }
        for unit in _all(context, "unit", Unit)
    ]
    return sorted(rows, key=lambda row: row["name"])


def unit(context: Context, key: str) -> dict[str, Any]:
    """Everything about one unit, by id or name, its contacts and systems included.

    Raises:
        InputError: no such unit.
    """
    found = _unit(context, key)
    belongs = Equals("unit", found.id)
    return _document(found) | {
        "contacts": [_document(r) for r in context.store.records.find("contact", belongs)],
        "systems": [_document(r) for r in context.store.records.find("system", belongs)],
    }


def who(context: Context, address: str, zone: str | None = None) -> dict[str, Any]:
    """Whose an address is: ids and names; ``found`` is false where the ledger does not say.

    ``claims`` are the statements that it answers from; ``disputed`` is true where they are of
    several units, and then there is no unit.

    Raises:
        InputError: no address.
    """
    wanted = network(address)
    owner = context.estate.owner(wanted, zone)
    told: dict[str, Any] = {"address": address, "found": owner is not None}
    told["zone"] = owner.zone if owner else zone
    for kind in ("unit", "asset", "system"):
        id = getattr(owner, kind) if owner else None
        told[kind] = id
        told[f"{kind}_name"] = _name(context, kind, id)
    claims = [_claim(context, c.owner) for c in context.estate.answering(wanted, zone)]
    told["disputed"] = len({claim["unit"] for claim in claims if claim["unit"]}) > 1
    told["claims"] = [claim for place, claim in enumerate(claims) if claim not in claims[:place]]
    return told


def _claim(context: Context, owner: Owner) -> dict[str, Any]:
    told: dict[str, Any] = {"zone": owner.zone}
    for kind in ("unit", "asset", "system"):
        id = getattr(owner, kind)
        told[kind] = id
        told[f"{kind}_name"] = _name(context, kind, id)
    return told


def conflicts(context: Context) -> list[dict[str, Any]]:
    """Endpoints that several units claim, by address; ``since`` is when the second claim came."""
    from collectors._ledger_conflicts import contested, zones_of

    records = context.store.records
    found = contested(_all(context, "asset", Asset), zones_of(records))
    return [
        {
            "zone": conflict.zone,
            "address": conflict.address,
            "port": conflict.port,
            "since": _since(context, conflict),
            "units": [{"id": id, "name": _name(context, "unit", id)} for id in conflict.units],
            "assets": [{"id": id, "name": _name(context, "asset", id)} for id in conflict.assets],
        }
        for conflict in sorted(found, key=lambda c: (c.zone or "", c.address, c.port or 0))
    ]


def _since(context: Context, conflict: Conflict) -> datetime | None:
    """When the second of the units first claimed the address and did not stop."""
    first: dict[str, datetime] = {}
    for id in conflict.assets:
        begun: datetime | None = None
        unit = ""
        for revision in context.store.records.history("asset", id):
            is_claim = isinstance(revision, Asset) and _claims(revision, conflict.address)
            begun = (begun or revision.at) if is_claim else None
            unit = getattr(revision, "unit", None) or ""
        if begun is not None:
            first[unit] = min(begun, first.get(unit, begun))
    times = sorted(first.values())
    return times[1] if len(times) > 1 else None


def _claims(asset: Asset, address: str) -> bool:
    return asset.state != "retired" and any(
        e.address == address and e.role != "nat" for e in asset.endpoints
    )


def _name(context: Context, kind: str, id: str | None) -> str | None:
    record = context.store.records.get(kind, id) if id else None
    return getattr(record, "name", None)


def _all(context: Context, name: str, kind: type[R], where: Where = EVERYTHING) -> list[R]:
    return [r for r in context.store.records.find(name, where) if isinstance(r, kind)]


def _counted(context: Context, kind: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for record in context.store.records.find(kind):
        unit = getattr(record, "unit", None)
        if unit:
            counts[unit] = counts.get(unit, 0) + 1
    return counts


def unit_id(context: Context, key: str | None) -> str | None:
    """Id of the unit of that id or name; None for None.

    Raises:
        InputError: no such unit.
    """
    return _unit(context, key).id if key else None


def _unit(context: Context, key: str) -> Unit:
    from collectors._ledger_book import Book

    found = context.store.records.get("unit", key)
    if not isinstance(found, Unit):
        found = Book(context.store.records, context.config.site.code).unit(key, key)
    if found is None:
        raise InputError(f"unit {key!r}: there is none; see `soc units list`")
    return found


def _asset(asset: Asset, names: dict[str, str]) -> dict[str, Any]:
    return {
        "id": asset.id,
        "name": asset.name,
        "type": asset.type,
        "state": asset.state,
        "unit": names.get(asset.unit or "", asset.unit),
        "endpoints": [_endpoint(e) for e in asset.endpoints],
    }


def _endpoint(endpoint: Any) -> str:
    where = endpoint.address or endpoint.domain or ""
    host = f"[{where}]" if ":" in where and endpoint.port else where
    port = f":{endpoint.port}/{endpoint.protocol}" if endpoint.port else ""
    return f"{endpoint.zone + ' ' if endpoint.zone else ''}{host}{port}"


def _document(record: Record) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(record)

"""What the ledger says, as rows for people: assets, units, and whose an address is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from soc.errors import InputError
from soc.records import Record
from soc.records.asset import Asset
from soc.records.unit import Unit
from soc.where import EVERYTHING, All, Contains, Equals, Where

if TYPE_CHECKING:
    from soc.context import Context

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

    Raises:
        InputError: no address.
    """
    owner = context.estate.who(address, zone)
    told: dict[str, Any] = {"address": address, "found": owner is not None}
    told["zone"] = owner.zone if owner else zone
    for kind in ("unit", "asset", "system"):
        id = getattr(owner, kind) if owner else None
        record = context.store.records.get(kind, id) if id else None
        told[kind] = id
        told[f"{kind}_name"] = getattr(record, "name", None)
    return told


def _all(context: Context, name: str, kind: type[R], where: Where = EVERYTHING) -> list[R]:
    return [r for r in context.store.records.find(name, where) if isinstance(r, kind)]


def _counted(context: Context, kind: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for record in context.store.records.find(kind):
        unit = getattr(record, "unit", None)
        if unit:
            counts[unit] = counts.get(unit, 0) + 1
    return counts


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

"""The ledger as a file in the canonical layout, which an import reads back as it was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from collectors._ledger_book import is_withdrawn
from collectors._ledger_headers import canonical
from collectors._ledger_out import Page, save, table, workbook
from soc.errors import InputError, ScopeError
from soc.records import Record
from soc.records._labels import value_label
from soc.records.asset import Asset, Endpoint
from soc.records.contact import Contact
from soc.records.system import System
from soc.records.unit import Unit
from soc.store.records import MASKED
from soc.text import text
from soc.where import EVERYTHING, Equals, Where

if TYPE_CHECKING:
    from soc.context import Context

R = TypeVar("R", bound=Record)
Cells = dict[str, str]
_PERSONAL = frozenset(
    {
        *("owner", "owner_phone", "liaison", "liaison_phone", "leader", "leader_phone"),
        *("maintainer", "maintainer_phone", "mail"),
    }
)
_LEFT_OUT = frozenset({"secret", "department", "exposure", "remark", "row_number"})
_STATES = {"running": "在用", "suspended": "备用", "planned": "在建", "retired": "停用"}
_COLUMN_OF_ROLE = {"nat": "address_outside", "virtual": "address_virtual"}


def export(context: Context, out: Path, unit: str | None, personal: bool) -> dict[str, Any]:
    """Write what is in use, one row an asset, system and set of ports; what came of it.

    Args:
        out: an XLSX or CSV file, by its suffix.
        unit: id; only what is of it.
        personal: names and numbers of people as they are, else masked.

    Raises:
        InputError: another suffix, or it cannot be written there.
        ScopeError: personal fields without the right "admin".
    """
    if out.suffix.lower() not in (".xlsx", ".csv"):
        raise InputError(f"{out}: write a name that ends in .xlsx or .csv")
    if personal:
        _require(context)
    fields = [name for name in canonical() if name not in _LEFT_OUT]
    titles = canonical()
    rows = [_masked(row, personal) for row in _rows(context, unit)]
    page = Page(
        text("ledger.sheet.ledger", "zh"),
        [[titles[name] for name in fields], *([row.get(n, "") for n in fields] for row in rows)],
    )
    save(out, table(page) if out.suffix.lower() == ".csv" else workbook([page]))
    return {"out": str(out), "rows": len(rows), "personal": personal}


def _require(context: Context) -> None:
    """Nothing, where they may see personal fields; a refusal is audited."""
    try:
        context.actor.require("admin")
    except ScopeError as error:
        from soc.audit import refusal

        author, at = context.actor.author(), context.clock.now()
        entry = refusal(error, author, "asset", "*", "export personal fields", at)
        context.store.audit.append(entry)
        raise


def _masked(row: Cells, personal: bool) -> Cells:
    if personal:
        return row
    return {name: MASKED if name in _PERSONAL and v else v for name, v in row.items()}


def _rows(context: Context, unit: str | None) -> Iterator[Cells]:
    where: Where = Equals("unit", unit) if unit else EVERYTHING
    units = {found.id: found for found in _held(context, Unit, EVERYTHING)}
    people = defaultdict(list)
    for contact in _held(context, Contact, where):
        people[contact.unit].append(contact)
    systems = {found.id: found for found in _held(context, System, where)}
    listed: set[str] = set()
    for asset in sorted(_held(context, Asset, where), key=lambda a: (a.unit or "", a.name, a.id)):
        about = _unit(units.get(asset.unit or ""), people[asset.unit])
        listed.update(asset.systems)
        for system in _of(asset, systems):
            for part in _places(asset):
                yield about | _system(system) | _asset(asset, people[asset.unit]) | part
    for system in systems.values():
        if system.id not in listed:
            about = _unit(units.get(system.unit or ""), people[system.unit])
            yield about | _system(system)


def _of(asset: Asset, systems: dict[str, System]) -> list[System] | list[None]:
    """The systems of the asset; one None where it has none."""
    return [systems[id] for id in asset.systems if id in systems] or [None]


def _held(context: Context, kind: type[R], where: Where) -> list[R]:
    found = context.store.records.find(kind.kind, where)
    return [
        r for r in found if isinstance(r, kind) and r.state != "retired" and not is_withdrawn(r)
    ]


def _unit(unit: Unit | None, people: list[Contact]) -> Cells:
    cells = {"unit": unit.name if unit else "", "credit_code": (unit and unit.credit_code) or ""}
    for role in ("leader", "liaison"):
        found = [person for person in people if person.role == role]
        cells[role] = "、".join(person.name for person in found)
        cells[f"{role}_phone"] = "、".join(person.phone or "" for person in found).strip("、")
    return cells


def _system(system: System | None) -> Cells:
    if system is None:
        return {}
    mlps = system.mlps
    vendors = {vendor.role: vendor for vendor in system.vendors}
    ends = [str(v.contract_end) for v in system.vendors if v.contract_end]
    return {
        "system": system.name,
        "system_alias": "、".join(alias.name for alias in system.aliases),
        "system_type": system.type or "",
        "domain": "、".join(system.domains),
        "operator": system.operator or "",
        "vendor": vendors["builds"].unit if "builds" in vendors else "",
        "contract_end": ends[0] if ends else "",
        "icp_no": system.icp_no or "",
        "is_cii": _truth(system.is_cii),
        "personal_info": _truth(system.personal_info),
        "data_class": system.data_class or "",
        "mlps_level": str((mlps and (mlps.level or mlps.level_said)) or ""),
        "mlps_filing_no": (mlps and (mlps.filing_no or mlps.filing_said)) or "",
        "mlps_graded_on": _day(mlps and mlps.graded_on),
        "mlps_assessed_on": _day(mlps and mlps.assessed_on),
        "mlps_assessor": (mlps and mlps.assessor) or "",
        "mlps_conclusion": (mlps and mlps.conclusion) or "",
        "crypto_conclusion": (system.crypto and system.crypto.conclusion) or "",
        "online_on": _day(system.online_on),
        "retire_on": _day(system.retire_on),
        "state": _STATES[system.state],
    }


def _asset(asset: Asset, people: list[Contact]) -> Cells:
    mail = [p.mail for p in people if p.role == "owner" and p.name == asset.owner and p.mail]
    macs = {endpoint.mac for endpoint in asset.endpoints if endpoint.mac}
    return {
        "name": asset.name,
        "type": value_label("asset", "type", asset.type, "zh") if asset.type else "",
        "mac": macs.pop() if len(macs) == 1 else "",
        "owner": asset.owner or "",
        "owner_phone": _phone(people, asset.owner, "owner"),
        "maintainer": asset.maintainer or "",
        "maintainer_phone": _phone(people, asset.maintainer, None),
        "mail": mail[0] if mail else "",
        "location": asset.location or "",
        "cloud": asset.cloud or "",
        "os": asset.os or "",
        "database": asset.software[0] if asset.software else "",
        "middleware": asset.software[1] if len(asset.software) > 1 else "",
        "importance": asset.importance or "",
        "xinchuang": _truth(asset.xinchuang),
        "maintained_on": _day(asset.maintained_on),
    }


def _phone(people: list[Contact], name: str | None, role: str | None) -> str:
    found = [p.phone for p in people if p.name == name and p.role == role and p.phone]
    return found[0] if found else ""


def _places(asset: Asset) -> Iterator[Cells]:
    """One part a zone and set of ports: addresses that share both stand in one row."""
    outside = [e for e in asset.endpoints if e.role == "nat"]
    groups: dict[tuple[str | None, tuple[str, ...]], dict[str, Endpoint]] = defaultdict(dict)
    for address, held in _by_address(asset).items():
        groups[held[0].zone, tuple(dict.fromkeys(_port(e) for e in held))][address] = held[0]
    for place, ((zone, ports), members) in enumerate(groups.items()):
        cells = {"zone": zone or "", "port": "、".join(filter(None, ports))}
        shared = outside if place == 0 else []
        for name in ("address", "address_virtual", "domain"):
            found = [text for text, e in members.items() if _column(e) == name]
            cells |= {name: "、".join(found)} if found else {}
        if shared:
            cells["address_outside"] = "、".join(dict.fromkeys(_spelled(e) for e in shared))
        yield cells
    if not groups:
        yield {"address_outside": "、".join(dict.fromkeys(_spelled(e) for e in outside))}


def _by_address(asset: Asset) -> dict[str, list[Endpoint]]:
    found: dict[str, list[Endpoint]] = defaultdict(list)
    for endpoint in asset.endpoints:
        where = endpoint.address or endpoint.domain
        if where and endpoint.role != "nat":
            prefix = "管理" if endpoint.role == "management" else ""
            found[prefix + where].append(endpoint)
    return found


def _column(endpoint: Endpoint) -> str:
    if endpoint.address is None:
        return "domain"
    return _COLUMN_OF_ROLE.get(endpoint.role or "", "address")


def _spelled(endpoint: Endpoint) -> str:
    address = endpoint.address or ""
    if endpoint.port is None:
        return address
    return f"[{address}]:{endpoint.port}" if ":" in address else f"{address}:{endpoint.port}"


def _port(endpoint: Endpoint) -> str:
    if endpoint.port is None:
        return ""
    return f"{endpoint.port}/udp" if endpoint.protocol == "udp" else str(endpoint.port)


def _truth(value: bool | None) -> str:
    return {None: "", True: "是", False: "否"}[value]


def _day(value: object) -> str:
    return str(value) if value else ""

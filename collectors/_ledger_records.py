"""A row becomes unit, contacts, system and asset; what a row leaves blank stays as it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from collectors._ledger_book import Book
from collectors._ledger_entry import Entry, Spot
from collectors._ledger_text import parts, plain
from soc.records import Author, Origin, Record, make_id, revised
from soc.records._parts import Alias
from soc.records.asset import Asset, AssetType, Endpoint
from soc.records.contact import Contact, ContactRole
from soc.records.system import Crypto, Mlps, System, Vendor, normalised
from soc.records.unit import Unit

R = TypeVar("R", bound=Record)

_TYPES: tuple[tuple[str, AssetType], ...] = (
    ("自助", "kiosk"),
    ("摄像", "iot"),
    ("视频", "iot"),
    ("物联", "iot"),
    ("防火墙", "security"),
    ("waf", "security"),
    ("入侵", "security"),
    ("安全", "security"),
    ("交换", "network"),
    ("路由", "network"),
    ("网络", "network"),
    ("终端", "terminal"),
    ("电脑", "terminal"),
    ("打印", "terminal"),
    ("nat", "nat"),
    ("负载", "vip"),
    ("服务器", "server"),
    ("虚拟机", "server"),
    ("主机", "server"),
    ("server", "server"),
)
_SYSTEM_STATES = (
    ("retired", ("停用", "下线", "注销", "报废", "关停")),
    ("suspended", ("暂停", "备用")),
    ("planned", ("在建", "建设中", "规划", "未上线", "拟建")),
    ("running", ("在用", "使用中", "运行", "正常", "测试", "启用", "已上线")),
)
_PEOPLE: tuple[tuple[str, str, ContactRole | None], ...] = (
    ("owner", "owner_phone", "owner"),
    ("liaison", "liaison_phone", "liaison"),
    ("leader", "leader_phone", "leader"),
    ("maintainer", "maintainer_phone", None),
)


@dataclass(frozen=True, slots=True)
class Import:
    """What is the same for every row of an import."""

    at: datetime
    author: Author
    origin: Origin
    zone: str | None  # of rows that name none
    unit: str | None  # of rows that name none


def enter(entry: Entry, unit_name: str, place: str, book: Book, run: Import) -> tuple[str, ...]:
    """Merge a row into the book.

    Args:
        place: file, sheet and row, kept as the asset's source.

    Returns:
        Ids of the records that it touched, the one that it is about first.
    """
    unit = _unit(entry, unit_name, book, run)
    contacts = _contacts(entry, unit, book, run)
    _link(unit, contacts, book)
    system = _system(entry, unit, book, run)
    asset = _asset(entry, unit, system, place, book, run)
    about = [record.id for record in (asset, system) if record is not None]
    return (*about, unit.id, *contacts)


def _new(kind: type[R], id: str, state: str, run: Import, **fields: Any) -> R:
    return kind(id=id, state=state, at=run.at, author=run.author, origin=run.origin, **fields)


@lru_cache(maxsize=16_384)
def _id(site: str, kind: str, *parts: str | None) -> str:
    return make_id(site, kind, *parts)


@lru_cache(maxsize=16_384)
def _system_id(site: str, unit: str, name: str) -> str:
    return System.key(site, unit, name)


def _merged(record: R, book: Book, run: Import, **fields: Any) -> R:
    """The record with the fields that the row fills, put into the book."""
    held = record.__dict__
    changed = {
        name: value
        for name, value in fields.items()
        if value is not None and value != held[name] and value not in ((), "")
    }
    if changed:
        record = revised(record, **{"at": run.at, **changed})
    book.put(record)
    return record


def _unit(entry: Entry, name: str, book: Book, run: Import) -> Unit:
    code = entry.text("credit_code")
    known = book.unit(name, code)
    if known is None:
        id = make_id(book.site, "unit", normalised(name))
        known = book.get(Unit, id) or _new(Unit, id, "active", run, name=plain(name))
    return _merged(known, book, run, credit_code=code)


def _contacts(entry: Entry, unit: Unit, book: Book, run: Import) -> tuple[str, ...]:
    """The people of the row; 联系电话 is the owner's where the row names no liaison."""
    ids: list[str] = []
    shared = entry.text("liaison_phone") if not entry.text("liaison") else None
    for name_field, phone_field, role in _PEOPLE:
        names = parts(entry.text(name_field) or "")
        phone = entry.text(phone_field) or (shared if role == "owner" else None)
        phones = _phones(phone, len(names))
        for name, number in zip(names, phones, strict=True):
            id = _id(book.site, "contact", unit.id, role, name)
            mail = entry.text("mail") if role == "owner" or not entry.text("owner") else None
            known = book.get(Contact, id) or _new(
                Contact, id, "active", run, name=name, role=role, unit=unit.id
            )
            _merged(known, book, run, phone=number, mail=mail)
            ids.append(id)
    return tuple(ids)


def _phones(text: str | None, count: int) -> list[str | None]:
    """One number a person where there are as many, else the whole text for each."""
    split = parts(text or "")
    return [*split] if len(split) == count else [plain(text) if text else None] * count


def _link(unit: Unit, contacts: Iterable[str], book: Book) -> None:
    known = book.get(Unit, unit.id) or unit
    linked = tuple(dict.fromkeys([*known.contacts, *contacts]))
    if linked != known.contacts:
        book.put(revised(known, contacts=linked))


def _system(entry: Entry, unit: Unit, book: Book, run: Import) -> System | None:
    name = entry.text("system")
    if name is None:
        return None
    name = " ".join(plain(name).split())
    id = _system_id(book.site, unit.id, name)
    state = _state(entry)
    known = book.get(System, id) or _new(
        System, id, state or "running", run, name=name, unit=unit.id
    )
    return _merged(
        known,
        book,
        run,
        state=state,
        aliases=_aliases(entry, known),
        type=entry.text("system_type"),
        operator=entry.text("operator"),
        vendors=_vendors(entry, known),
        domains=_joined(known.domains, entry.domains),
        exposure={True: "internet", False: "extranet"}.get(entry.is_exposed or False)
        if entry.is_exposed is not None
        else None,
        mlps=_mlps(entry, known.mlps),
        crypto=_crypto(entry, known.crypto),
        icp_no=entry.text("icp_no"),
        is_cii=entry.truth("is_cii"),
        data_class=entry.text("data_class"),
        personal_info=entry.truth("personal_info"),
        online_on=entry.days.get("online_on"),
        retire_on=entry.days.get("retire_on"),
    )


def _state(entry: Entry) -> str | None:
    return _state_of(entry.text("state") or "")


@lru_cache(maxsize=1_024)
def _state_of(said: str) -> str | None:
    text = plain(said)
    found = (state for state, words in _SYSTEM_STATES if any(word in text for word in words))
    return next(found, None) if text else None


def _aliases(entry: Entry, known: System) -> tuple[Alias, ...]:
    said = entry.text("system_alias")
    if said is None:
        return known.aliases
    names = [name for name in parts(said) if name != known.name]
    there = {alias.name for alias in known.aliases}
    return (*known.aliases, *(Alias(name=name) for name in names if name not in there))


def _vendors(entry: Entry, known: System) -> tuple[Vendor, ...]:
    """Who built it and who runs it; a role that is there already gets its new holder."""
    told = {
        role: Vendor(unit=name, role=role, contract_end=entry.days.get("contract_end"))
        for field, role in (("vendor", "builds"), ("operator", "runs"))
        if (name := entry.text(field)) is not None
    }
    kept = [vendor for vendor in known.vendors if vendor.role not in told]
    return (*kept, *told.values())


def _mlps(entry: Entry, known: Mlps | None) -> Mlps | None:
    said = entry.grade
    has_number = bool(said.filing_no or (known and known.filing_no))
    told = {
        "level": said.level,
        "filing_no": said.filing_no,
        "standing": "filed" if has_number and said.standing else said.standing,
        "level_said": said.level_said,
        "filing_said": said.filing_said,
        "graded_on": entry.days.get("mlps_graded_on"),
        "assessed_on": entry.days.get("mlps_assessed_on"),
        "assessor": entry.text("mlps_assessor"),
        "conclusion": entry.text("mlps_conclusion"),
    }
    named = {"level_said": said.level, "filing_said": said.filing_no}
    settled = [name for name, value in named.items() if value]  # words no longer hold
    held = known or Mlps()
    fresh: dict[str, Any] = {
        name: value
        for name, value in told.items()
        if (value is not None or name in settled) and value != getattr(held, name)
    }
    return replace(held, **fresh) if fresh else known


def _crypto(entry: Entry, known: Crypto | None) -> Crypto | None:
    conclusion = entry.text("crypto_conclusion")
    return replace(known or Crypto(), conclusion=conclusion) if conclusion else known


def _joined(known: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*known, *more]))


def _asset(
    entry: Entry, unit: Unit, system: System | None, place: str, book: Book, run: Import
) -> Asset | None:
    """The asset that has one of the row's own addresses; none for a row without any."""
    if not entry.spots:
        return None
    zone = entry.text("zone") or run.zone
    own = [spot for spot in entry.spots if spot.role not in ("nat", "virtual")] or entry.spots
    where = [spot.address or spot.domain or "" for spot in own]
    known = book.asset(unit.id, zone, where)
    if known is None:
        id = make_id(book.site, "asset", unit.id, zone, where[0])
        named = entry.text("name") or (system.name if system else None) or where[0]
        known = book.get(Asset, id) or _new(
            Asset, id, "active", run, name=plain(named), unit=unit.id, source_row=place
        )
    state = _state(entry)
    return _merged(
        known,
        book,
        run,
        name=plain(entry.text("name") or ""),
        state={None: None, "retired": "retired"}.get(state, "active"),
        type=_type(entry),
        systems=_joined(known.systems, [system.id] if system else []),
        endpoints=_endpoints(known, entry, zone),
        location=entry.text("location"),
        cloud=entry.text("cloud"),
        os=entry.text("os"),
        software=_joined(known.software, _software(entry)),
        owner=entry.text("owner"),
        maintainer=entry.text("maintainer"),
        importance=entry.text("importance"),
        xinchuang=entry.truth("xinchuang"),
        maintained_on=entry.days.get("maintained_on"),
        source_row=place,
    )


def _type(entry: Entry) -> AssetType | None:
    return _type_of(entry.text("type") or "")


@lru_cache(maxsize=1_024)
def _type_of(said: str) -> AssetType | None:
    text = plain(said).lower()
    if not text:
        return None
    return next((kind for word, kind in _TYPES if word in text), "other")


def _software(entry: Entry) -> list[str]:
    return [text for name in ("database", "middleware") if (text := entry.text(name))]


def _endpoints(known: Asset, entry: Entry, zone: str | None) -> tuple[Endpoint, ...]:
    """The endpoints of the asset with those of the row; a public address lies in no inner zone."""
    found = {_key(endpoint): endpoint for endpoint in known.endpoints}
    for spot in entry.spots:
        fresh = _endpoint(spot, None if spot.role == "nat" else zone, entry.mac)
        before = found.get(_key(fresh))
        found[_key(fresh)] = _updated(before, fresh) if before else fresh
    return tuple(found.values())


def joined(asset: Asset, other: Asset) -> Asset:
    """The asset with the endpoints, systems and software of another one."""
    found = {_key(endpoint): endpoint for endpoint in asset.endpoints}
    for fresh in other.endpoints:
        before = found.get(_key(fresh))
        found[_key(fresh)] = _updated(before, fresh) if before else fresh
    return revised(
        asset,
        endpoints=tuple(found.values()),
        systems=_joined(asset.systems, other.systems),
        software=_joined(asset.software, other.software),
    )


def _endpoint(spot: Spot, zone: str | None, mac: str | None) -> Endpoint:
    return Endpoint(
        zone=zone,
        address=spot.address,
        role=spot.role or "service",
        port=spot.port,
        protocol=spot.protocol,
        domain=spot.domain,
        mac=None if spot.role in ("nat", "virtual") else mac,
        source="ledger",
    )


def _key(endpoint: Endpoint) -> tuple[object, ...]:
    name = None if endpoint.address else endpoint.domain
    return endpoint.zone, endpoint.address, endpoint.port, endpoint.protocol, name


def _updated(before: Endpoint, fresh: Endpoint) -> Endpoint:
    return replace(before, domain=fresh.domain or before.domain, mac=fresh.mac or before.mac)

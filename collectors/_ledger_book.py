"""The records as an import leaves them: rows are merged in, the difference comes out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal, TypeVar

from soc.records import Author, Origin, Record
from soc.records.asset import Asset
from soc.records.system import normalised
from soc.records.unit import Unit
from soc.store import Change, Records

R = TypeVar("R", bound=Record)
Result = Literal["added", "changed", "unchanged"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KINDS = ("unit", "contact", "system", "asset")  # in the order in which they are stored


@dataclass(frozen=True, slots=True)
class Conflict:
    """One endpoint that two units claim."""

    zone: str | None
    address: str
    port: int | None
    units: tuple[str, ...]  # names


class Book:
    """Units, contacts, systems and assets by id, with the indexes that rows are matched by."""

    def __init__(self, records: Records, site: str) -> None:
        self.site = site
        self._stored: dict[str, Record] = {}
        for kind in KINDS:
            self._stored |= {record.id: record for record in records.find(kind)}
        self._now = dict(self._stored)
        self._units: dict[str, str] = {}
        self._codes: dict[str, str] = {}
        self._hosts: dict[tuple[str, str | None, str], str] = {}
        self._claims: dict[tuple[str | None, str], dict[tuple[str, int | None], None]] = (
            defaultdict(dict)
        )
        for record in list(self._now.values()):
            self._index(record)

    def get(self, kind: type[R], id: str) -> R | None:
        """The record as it is by now."""
        found = self._now.get(id)
        return found if isinstance(found, kind) else None

    def put(self, record: Record) -> None:
        """The record as it shall be."""
        if self._now.get(record.id) != record:
            self._now[record.id] = record
            self._index(record)

    def unit(self, name: str, code: str | None) -> Unit | None:
        """The unit of that credit code, or of that name, short name or former name."""
        found = self._codes.get(code or "") or self._units.get(normalised(name))
        return self.get(Unit, found) if found else None

    def asset(self, unit: str, zone: str | None, addresses: Iterable[str]) -> Asset | None:
        """The unit's asset that has one of these addresses, or names, in the zone."""
        for address in addresses:
            found = self._hosts.get((unit, zone, address))
            if found:
                return self.get(Asset, found)
        return None

    def _index(self, record: Record) -> None:
        if isinstance(record, Unit):
            names = [record.name, record.short_name or "", *(a.name for a in record.aliases)]
            for name in filter(None, names):
                self._units.setdefault(normalised(name), record.id)
            if record.credit_code:
                self._codes.setdefault(record.credit_code, record.id)
        if isinstance(record, Asset) and record.state != "retired":
            self._index_asset(record)

    def _index_asset(self, asset: Asset) -> None:
        for endpoint in asset.endpoints:
            where = endpoint.address or endpoint.domain
            if where is None or asset.unit is None:
                continue
            if endpoint.role not in ("nat", "virtual"):
                self._hosts.setdefault((asset.unit, endpoint.zone, where), asset.id)
            if endpoint.address and endpoint.role != "nat":
                self._claims[endpoint.zone, where][asset.unit, endpoint.port] = None

    def conflicts(self) -> Iterator[Conflict]:
        """Endpoints that more than one unit claims; a row without a port claims every port."""
        for (zone, address), claims in self._claims.items():
            if len({unit for unit, _ in claims}) < 2:
                continue
            for port in dict.fromkeys(port for _, port in claims):
                units = {u for u, p in claims if p == port or p is None or port is None}
                if len(units) > 1:
                    names = tuple(sorted(self._name(unit) for unit in units))
                    yield Conflict(zone, address, port, names)
                    break

    def _name(self, unit: str) -> str:
        found = self.get(Unit, unit)
        return found.name if found else unit

    def result(self, id: str) -> Result:
        """What became of a record."""
        before = self._stored.get(id)
        if before is None:
            return "added"
        return "unchanged" if before is self._now[id] else "changed"

    def settle(self, author: Author, reason: str, origin: Origin) -> list[Change]:
        """The changes to store, units before what refers to them.

        A record that differs only in who says so, when and in which row, has not changed.
        """
        changes: list[Change] = []
        for id, record in self._now.items():
            before = self._stored.get(id)
            if before is record:
                continue
            if before is not None and _essence(before) == _essence(record):
                self._now[id] = before
                continue
            changes.append(_change(record, before, author, reason, origin))
        order = {kind: place for place, kind in enumerate(KINDS)}
        return sorted(changes, key=lambda change: order[change.record.kind])


def _essence(record: Record) -> Record:
    """The record without what every import sets anew."""
    blank = Author(login="")
    bare = replace(record, at=_EPOCH, author=blank, reason="", revision=0, origin="imported")
    return replace(bare, source_row=None) if isinstance(bare, Asset) else bare


def _change(
    record: Record, before: Record | None, author: Author, reason: str, origin: Origin
) -> Change:
    revision = before.revision if before else 0
    named = replace(
        record,
        author=author,
        reason=reason,
        origin=before.origin if before else origin,
        revision=revision,
    )
    digest = sha256(repr(_essence(record)).encode()).hexdigest()[:16]
    return Change(f"ledger:{record.id}:{revision}:{digest}", named, revision)

"""The records as an import leaves them: rows are merged in, the difference comes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Literal, TypeVar

from collectors._ledger_conflicts import Conflict, contested, zones_of
from soc.records import Author, Origin, Record, revised
from soc.records._codec import encode
from soc.records.asset import Asset
from soc.records.system import normalised
from soc.records.unit import Unit
from soc.store import Change, Records

R = TypeVar("R", bound=Record)
Result = Literal["added", "changed", "unchanged"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOBODY = Author(login="")
_BARE: dict[str, Any] = {
    "at": _EPOCH,
    "author": _NOBODY,
    "reason": "",
    "revision": 0,
    "origin": "imported",
}
_BARE_ASSET = {**_BARE, "source_row": None}
UNDO = "ledger undo "  # begins the reason of a record that an undo withdrew or restored
WITHDRAWN = {"unit": "dissolved", "contact": "left", "system": "retired", "asset": "retired"}
KINDS = ("unit", "contact", "system", "asset")  # in the order in which they are stored


class Book:
    """Units, contacts, systems and assets by id, with the indexes that rows are matched by."""

    def __init__(self, records: Records, site: str) -> None:
        self.site = site
        self._stored: dict[str, Record] = {}
        for kind in KINDS:
            self._stored |= {record.id: record for record in records.find(kind)}
        # What an undo withdrew is as if it had never come: the same row makes it anew.
        self._now = {id: r for id, r in self._stored.items() if not is_withdrawn(r)}
        self._zone_of = zones_of(records)
        self._units: dict[str, str] = {}
        self._codes: dict[str, str] = {}
        self._hosts: dict[tuple[str, str | None, str], str] = {}
        for record in list(self._now.values()):
            self._index(record)

    def get(self, kind: type[R], id: str) -> R | None:
        """The record as it is by now."""
        found = self._now.get(id)
        return found if isinstance(found, kind) else None

    def put(self, record: Record) -> None:
        """The record as it shall be."""
        known = self._now.get(record.id)
        if known is not record and known != record:
            self._now[record.id] = record
            self._index(record)

    def unit(self, name: str, code: str | None) -> Unit | None:
        """The unit of that credit code, or of that name, short name or former name."""
        found = self._codes.get(code or "") or self._units.get(_normalised(name))
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

    def conflicts(self) -> Iterator[Conflict]:
        """Endpoints that more than one unit claims by now, with the names of the units."""
        assets = (record for record in self._now.values() if isinstance(record, Asset))
        for found in contested(assets, self._zone_of):
            yield replace(found, units=tuple(sorted(self._name(unit) for unit in found.units)))

    def _name(self, unit: str) -> str:
        found = self.get(Unit, unit)
        return found.name if found else unit

    def before(self, id: str) -> Record | None:
        """The record as it was; None for a new one and for what an undo withdrew."""
        found = self._stored.get(id)
        return None if found is None or is_withdrawn(found) else found

    def all(self) -> Iterator[Record]:
        """Every record as it is by now, in the order in which they are stored."""
        order = {kind: place for place, kind in enumerate(KINDS)}
        yield from sorted(self._now.values(), key=lambda record: order[record.kind])

    def result(self, id: str) -> Result:
        """What became of a record."""
        before = self.before(id)
        if before is None:
            return "added"
        return "unchanged" if before is self._now[id] else "changed"

    def settle(self) -> None:
        """Take back what differs only in who says so, when and in which row: it has not changed."""
        for id, record in self._now.items():
            before = self.before(id)
            if before is None or before is record:
                continue
            if essence(before) == essence(record):
                self._now[id] = before

    @property
    def is_changed(self) -> bool:
        """True where there is something to store, once it is settled."""
        return any(self._stored.get(id) is not record for id, record in self._now.items())

    def changes(self, at: datetime, author: Author, reason: str, origin: Origin) -> list[Change]:
        """The changes to store, units before what refers to them; of a kind by id.

        In that order an index of the store grows at one end, which is several times as fast.
        """
        order = {kind: place for place, kind in enumerate(KINDS)}
        fresh = [record for id, record in self._now.items() if self._stored.get(id) is not record]
        return [
            _change(r, self._stored.get(r.id), origin, at=at, author=author, reason=reason)
            for r in sorted(fresh, key=lambda record: (order[record.kind], record.id))
        ]


@lru_cache(maxsize=16_384)
def _normalised(name: str) -> str:
    return normalised(name)


def essence(record: Record) -> Record:
    """The record without what every import sets anew."""
    return revised(record, **(_BARE_ASSET if isinstance(record, Asset) else _BARE))


def is_withdrawn(record: Record) -> bool:
    """True for what an undo took out of use, and nobody touched since."""
    return record.reason.startswith(UNDO) and record.state == WITHDRAWN.get(record.kind)


def _change(record: Record, before: Record | None, origin: Origin, **told: Any) -> Change:
    revision = before.revision if before else 0
    told |= {"origin": before.origin if before else origin, "revision": revision}
    named = revised(record, **told)
    digest = sha256(encode(essence(record))).hexdigest()[:16]
    return Change(f"ledger:{record.id}:{revision}:{digest}", named, revision)

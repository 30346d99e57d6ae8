"""What an import would do, told before it is done; nothing is changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from collectors._ledger_book import Book, essence
from collectors._ledger_history import named
from collectors._ledger_import import Plan, conflict_line, errors, planned
from collectors._ledger_text import spelled
from soc.records import Record
from soc.records._codec import comparable, encode
from soc.records.asset import Asset
from soc.records.system import System, normalised
from soc.store.records import MASKED

if TYPE_CHECKING:
    from collectors import FileSettings
    from soc.context import Context

_UNSAID = frozenset({"kind", "id", "schema", "at", "author", "reason", "revision", "origin"})
_GONE = ("retired", "left", "dissolved", "merged")


def preview(settings: FileSettings, context: Context, unit: str | None) -> dict[str, Any]:
    """What importing the files would add and change, field by field, and what they lack.

    Lacking are systems and assets of the units in the files that no row is about, in the zones
    that the files are about; an import leaves them as they are. A row that is refused still
    stands for its system.
    """
    standing = set(Book(context.store.records, context.config.site.code).conflicts())
    plan = planned(settings, context, unit)
    after = [record for record in plan.book.all() if plan.book.result(record.id) != "unchanged"]
    before = {record.id: plan.book.before(record.id) for record in after}
    return {
        "files": plan.files,
        "rows": plan.rows,
        "refused": len(plan.refused),
        "added": [_line(record) for record in after if before[record.id] is None],
        "changed": [
            _line(record) | {"fields": _fields(old, record)}
            for record in after
            if (old := before[record.id]) is not None
        ],
        "missing": [_line(record) for record in _missing(plan, context)],
        "conflicts": [conflict_line(c) | {"new": c not in standing} for c in plan.conflicts],
        "errors": errors(plan),
        "unread": plan.unread,
    }


def _line(record: Record) -> dict[str, Any]:
    return {
        "kind": record.kind,
        "id": record.id,
        "name": named(record),
        "unit": getattr(record, "unit", None),
    }


def _fields(before: Record, after: Record) -> list[dict[str, Any]]:
    old, new = (comparable(encode(essence(record))) for record in (before, after))
    return [
        {"field": name, "before": _shown(old, name, after), "after": _shown(new, name, after)}
        for name in sorted(old.keys() | new.keys())
        if name not in _UNSAID and old.get(name) != new.get(name)
    ]


def _shown(document: dict[str, Any], name: str, record: Record) -> Any:
    value = document.get(name)
    return MASKED if value is not None and name in record.personal else value


def _missing(plan: Plan, context: Context) -> Iterator[Record]:
    """Systems and assets in use that the files should list and do not."""
    seen = {id for ids in plan.touched for id in ids} | set(_refused(plan))
    listed = [r for r in plan.book.all() if r.id in seen]
    zones = _zones(listed)
    assets = [r for r in plan.book.all() if isinstance(r, Asset) and r.state not in _GONE]
    gone = [
        asset
        for asset in assets
        if asset.id not in seen and seen.isdisjoint(asset.systems) and _is_here(asset, zones)
    ]
    ids = {asset.id for asset in gone}
    held = seen | {id for asset in assets if asset.id not in ids for id in asset.systems}
    for record in plan.book.all():
        if isinstance(record, System) and record.unit in zones and record.state not in _GONE:
            if record.id not in held:
                yield record
        elif record.id in ids:
            yield record


def _zones(listed: list[Record]) -> dict[str, set[str | None]]:
    """Zones by unit in which the files list something."""
    found: dict[str, set[str | None]] = defaultdict(set)
    for record in listed:
        if isinstance(record, Asset | System) and record.unit:
            endpoints = record.endpoints if isinstance(record, Asset) else ()
            found[record.unit] |= {e.zone for e in endpoints if e.role != "nat"}
    return found


def _is_here(asset: Asset, zones: dict[str, set[str | None]]) -> bool:
    here = zones.get(asset.unit or "", set())
    return any(endpoint.zone in here for endpoint in asset.endpoints)


def _refused(plan: Plan) -> Iterator[str]:
    """Ids of the systems that refused rows name."""
    for refused in plan.refused:
        unit, system = (spelled(refused.row.cells.get(name)) for name in ("unit", "system"))
        known = plan.book.unit(unit, None) if normalised(unit) else None
        if known is not None and system:
            yield System.key(plan.book.site, known.id, system)

"""Assets that may be one: of one system, by the same name, in one zone, at other addresses.

Nothing is merged by itself: an address may have changed, or a second machine may have come.
A person looks and merges; the merge has a number like an import, and is undone like one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collectors._ledger_history import noted, told
from collectors._ledger_records import joined
from soc.errors import InputError
from soc.jobs import Outcome
from soc.records import revised
from soc.records.asset import Asset
from soc.records.system import normalised
from soc.store import Change

if TYPE_CHECKING:
    from collectors import MergeParams
    from soc.context import Context

_ELSEWHERE = ("nat", "virtual")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Assets that may be one, the one that was changed last first."""

    unit: str
    system: str
    zone: str | None
    assets: tuple[Asset, ...]


def suggestions(assets: Iterable[Asset]) -> Iterator[Suggestion]:
    """Sets of two assets and more; those that share an address already are matched by it."""
    found: dict[tuple[str, str, str | None, str], dict[str, Asset]] = defaultdict(dict)
    for asset in assets:
        if asset.unit is None or asset.state == "retired":
            continue
        zones = {e.zone for e in asset.endpoints if e.role not in _ELSEWHERE}
        for system in asset.systems:
            for zone in zones:
                found[asset.unit, system, zone, normalised(asset.name)][asset.id] = asset
    for (unit, system, zone, _), members in found.items():
        if len(members) > 1:
            newest = sorted(members.values(), key=lambda each: (each.at, each.id), reverse=True)
            yield Suggestion(unit, system, zone, tuple(newest))


def line(found: Suggestion, names: dict[str, str]) -> dict[str, Any]:
    """As commands print it; ``names`` are those of units and systems by id."""
    return {
        "unit": names.get(found.unit, found.unit),
        "system": names.get(found.system, found.system),
        "zone": found.zone,
        "assets": [
            {"id": each.id, "name": each.name, "addresses": _addresses(each), "at": each.at}
            for each in found.assets
        ],
    }


def _addresses(asset: Asset) -> list[str]:
    where = (e.address or e.domain for e in asset.endpoints if e.role not in _ELSEWHERE)
    return list(dict.fromkeys(each for each in where if each))


def standing(context: Context) -> list[dict[str, Any]]:
    """Every suggestion of now, by unit and system."""
    records = context.store.records
    names = {
        record.id: str(getattr(record, "name", record.id))
        for kind in ("unit", "system")
        for record in records.find(kind)
    }
    assets = (record for record in records.find("asset") if isinstance(record, Asset))
    told_ = [line(found, names) for found in suggestions(assets)]
    return sorted(told_, key=lambda each: (each["unit"], each["system"], each["zone"] or ""))


def merge(params: MergeParams, context: Context) -> Outcome:
    """The job ``merge assets``: one keeps what all have, the others are retired.

    Raises:
        InputError: no such asset, one out of use, or of another unit.
    """
    keep, *others = [_asset(id, context) for id in dict.fromkeys((params.keep, *params.others))]
    if not others:
        raise InputError(f"merge {keep.id}: name another asset to merge into it")
    for other in others:
        if other.unit != keep.unit:
            raise InputError(
                f"merge {other.id}: is of another unit than {keep.id}: settle the conflict first"
            )
    no = noted(context.clock.now(), context)
    kept = keep
    for other in others:
        kept = joined(kept, other)
    retired = [revised(other, state="retired") for other in others]
    context.store.records.apply(_change(each, no, context) for each in (kept, *retired))
    merged = [other.id for other in others]
    value = {"import": no, "kept": keep.id, "merged": merged, "endpoints": len(kept.endpoints)}
    return Outcome("done", counts={"merged": len(merged)}, value=value)


def _asset(id: str, context: Context) -> Asset:
    found = context.store.records.get("asset", id)
    if not isinstance(found, Asset) or found.state == "retired":
        raise InputError(f"asset {id!r}: there is none in use; see `soc assets duplicates`")
    return found


def _change(asset: Asset, no: str, context: Context) -> Change:
    author, at = context.actor.author(), context.clock.now()
    record = revised(asset, at=at, author=author, reason=told(no))
    return Change(f"ledger-merge:{no}:{asset.id}", record, asset.revision)

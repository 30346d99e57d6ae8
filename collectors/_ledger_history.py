"""The imports of ledgers: each has a number, which its changes carry, so that it can be undone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from collectors._ledger_book import KINDS, UNDO, WITHDRAWN, essence, is_withdrawn
from soc.errors import InputError
from soc.jobs import Outcome
from soc.records import Record, number
from soc.rights import demanded
from soc.store import Change
from soc.store.records import MASKED

if TYPE_CHECKING:
    from collectors import UndoParams
    from soc.context import Context
    from soc.store import Records

_SERIES = "DR"
_IMPORTS = "ledger imports"  # marks: number -> microseconds of UTC
_UNDONE = "ledger undone"


@dataclass(frozen=True, slots=True)
class Step:
    """One record that an import changed: before it, by it, and now."""

    before: Record | None
    imported: Record
    current: Record


def noted(at: datetime, context: Context) -> str:
    """The number of a new import, kept with its time."""
    records = context.store.records
    year = context.calendar.date_of(at).year
    no = number(_SERIES, year, records.next_number(_SERIES, year))
    marks = records.watermark(_IMPORTS)
    records.conclude(_IMPORTS, marks, {**marks, no: _micros(at)}, [])
    return no


def told(no: str) -> str:
    """The reason that the changes of an import carry."""
    return f"ledger {no}"


def undo(params: UndoParams, context: Context) -> Outcome:
    """The job ``undo ledger``: what an import made is withdrawn, what it changed is as before.

    A record that somebody changed since, or that others need, stays as it is and is listed.

    Raises:
        InputError: no such import, or it is undone already.
        ScopeError: the actor is no administrator.
    """
    demanded("admin", context, "import", params.number or "*", "undo")
    records = context.store.records
    no, at = _chosen(params.number, records)
    steps = list(_steps(records, no, at))
    left = {s.current.id: "changed" for s in steps if essence(s.imported) != essence(s.current)}
    left |= dict.fromkeys(_needed(records, steps, left), "in_use")
    taken = [step for step in steps if step.current.id not in left]
    changes = [_back(step, f"{UNDO}{no}: {params.reason}", context) for step in taken]
    marks = records.watermark(_UNDONE)
    after = {**marks, no: _micros(context.clock.now())}
    records.conclude(_UNDONE, marks, after, changes)
    value = _value(no, taken, [step.current for step in steps if step.current.id in left], left)
    counts = {"withdrawn": value["withdrawn"], "restored": value["restored"], "left": len(left)}
    return Outcome("partial" if left else "done", counts=counts, value=value)


def _chosen(wanted: str | None, records: Records) -> tuple[str, datetime]:
    imports, undone = records.watermark(_IMPORTS), records.watermark(_UNDONE)
    open_ = [no for no in imports if no not in undone]
    if wanted is None and not open_:
        raise InputError("undo: there is no import to take back")
    no = wanted or max(open_, key=lambda no: (imports[no], len(no), no))
    if no not in imports:
        raise InputError(f"import {no!r}: there is none; `soc assets import` tells its number")
    if no in undone:
        raise InputError(f"import {no!r}: is undone already; import the file again to have it back")
    return no, datetime.fromtimestamp(imports[no] / 1e6, UTC)


def _steps(records: Records, no: str, at: datetime) -> Iterator[Step]:
    """What an import changed, units first; nothing older than it can hold a change of it."""
    for kind in KINDS:
        for current in [record for record in records.find(kind) if record.at >= at]:
            history = records.history(kind, current.id)
            for place, revision in enumerate(history):
                if revision.reason == told(no):
                    yield Step(_earlier(history[:place]), revision, current)
                    break


def _earlier(history: Sequence[Record]) -> Record | None:
    """The last revision; None where there is none, and where an undo had withdrawn it."""
    return None if not history or is_withdrawn(history[-1]) else history[-1]


def _needed(records: Records, steps: Sequence[Step], left: Collection[str]) -> set[str]:
    """New records of the import that something else, which stays, refers to."""
    going = {s.current.id for s in steps if s.before is None and s.current.id not in left}
    needed: set[str] = set()
    kept = [r for kind in KINDS for r in records.find(kind) if not is_withdrawn(r)]
    while found := {id for r in kept if r.id not in going for id in _refers(r) if id in going}:
        needed |= found
        going -= found
    return needed


def _refers(record: Record) -> tuple[str, ...]:
    """Ids of the unit and the systems of a record; a unit's contacts go without asking it."""
    return (getattr(record, "unit", None) or "", *getattr(record, "systems", ()))


def _back(step: Step, reason: str, context: Context) -> Change:
    current = step.current
    wanted = step.before or replace(step.current, state=WITHDRAWN[current.kind])
    record = replace(
        wanted,
        at=context.clock.now(),
        author=context.actor.author(),
        reason=reason,
        revision=current.revision,
    )
    return Change(f"ledger-undo:{current.id}:{current.revision}", record, current.revision)


def _value(
    no: str, taken: Sequence[Step], stay: Sequence[Record], why: dict[str, str]
) -> dict[str, Any]:
    new = sum(step.before is None for step in taken)
    return {
        "import": no,
        "withdrawn": new,
        "restored": len(taken) - new,
        "left": [
            {
                "kind": record.kind,
                "id": record.id,
                "name": named(record),
                "why": why[record.id],
                "at": record.at,
                "login": record.author.login,
            }
            for record in stay
        ],
    }


def named(record: Record) -> str:
    """What a record is called; a person's name is not told."""
    return MASKED if "name" in record.personal else cast("str", getattr(record, "name", record.id))


def _micros(at: datetime) -> int:
    return round(at.timestamp() * 1e6)

"""Ledger files in, record changes out, and what came of every row."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collectors._ledger_book import Book, Conflict
from collectors._ledger_entry import Entry, Rejected, RejectedRow, understood
from collectors._ledger_records import Import, enter
from collectors._ledger_secret import REMEDY
from collectors._ledger_sheets import Sheet, sheets
from collectors._ledger_table import Row, heading, rows
from soc.errors import InputError
from soc.jobs import Outcome

if TYPE_CHECKING:
    from collectors import FileSettings, LedgerParams
    from soc.context import Context
    from soc.store import Change

log = logging.getLogger(__name__)

_NO_SUBJECT = "names neither a system nor an address: fill one of them in"
_NO_UNIT = "names no unit: fill it in, merge the cells of the unit, or give --unit"


@dataclass(frozen=True, slots=True)
class Told:
    """One line about one row."""

    file: str
    sheet: str | None
    row: int
    column: str | None
    value: str
    remedy: str

    @property
    def place(self) -> str:
        """File, sheet and row."""
        return f"{self.file}{'#' + self.sheet if self.sheet else ''}:{self.row}"


@dataclass
class Plan:
    """What an import will do."""

    book: Book
    files: int = 0
    refused: list[Told] = field(default_factory=list)
    notes: list[Told] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)  # one line for each file that cannot be read
    touched: list[tuple[str, ...]] = field(default_factory=list)  # by row that is taken
    changes: list[Change] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Data rows, the refused ones included."""
        return len(self.touched) + len(self.refused)

    @property
    def conflicts(self) -> list[Conflict]:
        return list(self.book.conflicts())

    def counts(self) -> dict[str, int]:
        """Rows by what came of them: added where what a row is about is new."""
        found = {"added": 0, "changed": 0, "unchanged": 0}
        for about, *others in self.touched:
            result = self.book.result(about)
            if result == "unchanged" and any(self.book.result(id) != result for id in others):
                result = "changed"
            found[result] += 1
        return found


def import_ledger(params: LedgerParams, context: Context) -> Outcome:
    """The job ``import ledger``; partial where a file or a row was refused."""
    from collectors.ledger import Settings

    settings = Settings(
        paths=params.paths, zone=params.zone, origin=params.origin, unit=params.unit
    )
    plan = planned(settings, context, settings.unit)
    context.store.records.apply(plan.changes)
    value = _value(plan)
    log.info("ledger imported", extra={"soc.rows": plan.rows, "soc.refused": len(plan.refused)})
    is_clean = not plan.refused and not plan.unread
    return Outcome(
        result="done" if is_clean else "partial" if plan.touched else "failed",
        counts={name: count for name, count in value.items() if isinstance(count, int)},
        errors=tuple(plan.unread),
        value=value,
    )


def _value(plan: Plan) -> dict[str, Any]:
    return {
        "files": plan.files,
        "rows": plan.rows,
        **plan.counts(),
        "refused": len(plan.refused),
        "errors": [_told(line) for line in plan.refused],
        "notes": [_told(line) for line in plan.notes],
        "conflicts": [
            {"zone": c.zone, "address": c.address, "port": c.port, "units": list(c.units)}
            for c in plan.conflicts
        ],
    }


def _told(line: Told) -> dict[str, Any]:
    return {
        "file": line.file,
        "sheet": line.sheet,
        "row": line.row,
        "column": line.column,
        "value": line.value,
        "remedy": line.remedy,
    }


def planned(settings: FileSettings, context: Context, unit: str | None) -> Plan:
    """What importing the files would do; nothing is stored.

    A file that cannot be read leaves a line in ``unread``; the others are taken.
    """
    plan = Plan(Book(context.store.records, context.config.site.code))
    now = context.clock.now()
    author = context.actor.author()
    run = Import(now, author, settings.origin, settings.zone, unit)
    for path in settings.paths:
        try:
            _take(path, sheets(path), plan, run, context)
            plan.files += 1
        except InputError as error:
            plan.unread.append(str(error))
    plan.changes = plan.book.settle(author, "ledger", settings.origin)
    return plan


def _take(path: Path, found: list[Sheet], plan: Plan, run: Import, context: Context) -> None:
    heads = [(sheet, head) for sheet in found if (head := heading(sheet)) is not None]
    if not heads:
        raise InputError(
            f"{path}: no row names columns such as 单位名称, 系统名称, IP地址: add a heading row"
        )
    today = context.calendar.date_of(run.at)
    for sheet, head in heads:
        for row in rows(sheet, head):
            _row(path, sheet, row, plan, run, today)


def _row(path: Path, sheet: Sheet, row: Row, plan: Plan, run: Import, today: Any) -> None:
    if row.is_secret:
        plan.refused.append(Told(path.name, sheet.name, row.number, None, "", REMEDY))
        return
    try:
        entry = understood(row, today)
        unit = _unit_name(entry, row, run)
    except RejectedRow as rejected:
        plan.refused.append(_refusal(path, sheet, rejected.rejected))
        return
    notes = [*entry.notes, *(["hidden sheet"] if sheet.is_hidden else [])]
    told = Told(path.name, sheet.name, row.number, None, "", "")
    plan.notes += [Told(path.name, sheet.name, row.number, None, "", note) for note in notes]
    plan.touched.append(enter(entry, unit, told.place, plan.book, run))


def _unit_name(entry: Entry, row: Row, run: Import) -> str:
    if not entry.spots and entry.text("system") is None:
        raise RejectedRow(row, None, "", _NO_SUBJECT)
    name = entry.text("unit") or run.unit
    if name is None:
        raise RejectedRow(row, "unit", "", _NO_UNIT)
    return name


def _refusal(path: Path, sheet: Sheet, rejected: Rejected) -> Told:
    return Told(
        path.name, sheet.name, rejected.number, rejected.column, rejected.value, rejected.remedy
    )


def refusals(plan: Plan) -> Iterator[Told]:
    """Every refused row, in the order of the files."""
    yield from plan.refused

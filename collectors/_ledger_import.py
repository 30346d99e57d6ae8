"""Ledger files in, record changes out, and what came of every row."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collectors._ledger_book import Book
from collectors._ledger_conflicts import Conflict
from collectors._ledger_entry import Entry, RejectedRow, understood
from collectors._ledger_headers import field_of
from collectors._ledger_history import noted, told
from collectors._ledger_merge import line, suggestions
from collectors._ledger_problem import reason, remedy
from collectors._ledger_records import Import, enter
from collectors._ledger_sheets import Sheet, sheets
from collectors._ledger_table import Heading, Row, heading, rows
from collectors._ledger_text import spelled
from soc.errors import InputError
from soc.jobs import Outcome
from soc.records.asset import Asset

if TYPE_CHECKING:
    from collectors import FileSettings, LedgerParams, Origin
    from soc.context import Context
    from soc.store import Change
    from soc.text import Language

log = logging.getLogger(__name__)


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


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken; of a secret one nothing but where it stood."""

    sheet: Source
    row: Row
    column: str | None
    value: str
    code: str
    facts: dict[str, object] = field(default_factory=dict)

    @property
    def told(self) -> Told:
        """The line about it, in English as all errors are."""
        said = remedy(self.code, self.facts, "en")
        return self.sheet.told(self.row.number, said, self.column, self.value)

    def reason(self, language: Language) -> str:
        """Column, value and what is wrong with it, in the words of the file."""
        wrong = reason(self.code, language)
        title = self.sheet.title(self.column) if self.column else None
        if title is None:
            return wrong
        if language == "en":
            return f"{title} {self.value!r} {wrong}" if self.value else f"{title}: {wrong}"
        return f"{title}“{self.value}”：{wrong}" if self.value else f"{title}：{wrong}"


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A sheet of a file and its heading."""

    path: Path
    sheet: Sheet
    head: Heading

    def told(self, row: int, said: str, column: str | None = None, value: str = "") -> Told:
        return Told(self.path.name, self.sheet.name, row, column, value, said)

    def title(self, name: str) -> str:
        """What the file calls a field."""
        column = next((place for place, held in self.head.fields.items() if held == name), -1)
        for row in reversed(self.sheet.rows[: self.head.last + 1]):
            said = spelled(row[column]) if 0 <= column < len(row) else ""
            if field_of(said) == name:
                return said
        return name


@dataclass
class Plan:
    """What an import will do."""

    book: Book
    files: int = 0
    refused: list[Refused] = field(default_factory=list)
    notes: list[Told] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)  # one line for each file that cannot be read
    touched: list[tuple[str, ...]] = field(default_factory=list)  # by row that is taken
    rows_seen: set[bytes] = field(default_factory=set)  # digests of what they say
    duplicates: int = 0  # rows that say what an earlier row says, word by word
    at: datetime | None = None

    @property
    def rows(self) -> int:
        """Data rows, the refused ones included."""
        return len(self.touched) + self.duplicates + len(self.refused)

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
    with _uncollected():
        plan = planned(settings, context, settings.unit)
        if params.rejects is not None:
            from collectors._ledger_rejects import write

            write(params.rejects, plan.refused, context.config.site.language)
        no, changes = begun(plan, settings.origin, context)
        context.store.records.apply(changes)
        value = {"import": no, **_value(plan)}
    log.info("ledger imported", extra={"soc.rows": plan.rows, "soc.refused": len(plan.refused)})
    is_clean = not plan.refused and not plan.unread
    return Outcome(
        result="done" if is_clean else "partial" if plan.touched else "failed",
        counts={name: count for name, count in value.items() if isinstance(count, int)},
        errors=tuple(plan.unread),
        value=value,
    )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Inside the block nobody looks for cycles: millions of cells make none, and each look
    goes through all of them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _value(plan: Plan) -> dict[str, Any]:
    return {
        "files": plan.files,
        "rows": plan.rows,
        **plan.counts(),
        "duplicates": plan.duplicates,
        "refused": len(plan.refused),
        "errors": errors(plan),
        "notes": [_told(line) for line in plan.notes],
        "conflicts": [conflict_line(found) for found in plan.conflicts],
        "merges": _merges(plan),
    }


def _merges(plan: Plan) -> list[dict[str, Any]]:
    """Suggestions to which a row of this import gave rise."""
    fresh = {id for ids in plan.touched for id in ids if plan.book.result(id) == "added"}
    records = list(plan.book.all())
    names = {record.id: str(getattr(record, "name", record.id)) for record in records}
    found = suggestions(record for record in records if isinstance(record, Asset))
    return [line(each, names) for each in found if any(a.id in fresh for a in each.assets)]


def errors(plan: Plan) -> list[dict[str, Any]]:
    """Every refused row, in the order of the files."""
    return [_told(r.told) | {"code": r.code, "facts": r.facts} for r in plan.refused]


def conflict_line(found: Conflict) -> dict[str, Any]:
    """As commands print it."""
    return {
        "zone": found.zone,
        "address": found.address,
        "port": found.port,
        "units": list(found.units),
    }


def begun(plan: Plan, origin: Origin, context: Context) -> tuple[str | None, list[Change]]:
    """The number of the import and its changes; no number where nothing changes."""
    at = plan.at or context.clock.now()
    author = context.actor.author()
    if not plan.book.is_changed:
        return None, []
    no = noted(at, context)
    return no, plan.book.changes(at, author, told(no), origin)


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
    plan.at = now = context.clock.now()
    author = context.actor.author()
    run = Import(now, author, settings.origin, settings.zone, unit)
    for path in settings.paths:
        try:
            _take(path, sheets(path), plan, run, context)
            plan.files += 1
        except InputError as error:
            plan.unread.append(str(error))
    plan.book.settle()
    return plan


def _take(path: Path, found: list[Sheet], plan: Plan, run: Import, context: Context) -> None:
    heads = [(sheet, head) for sheet in found if (head := heading(sheet)) is not None]
    if not heads:
        raise InputError(
            f"{path}: no row names columns such as 单位名称, 系统名称, IP地址: add a heading row"
        )
    today = context.calendar.date_of(run.at)
    for sheet, head in heads:
        source = Source(path, sheet, head)
        for row in rows(sheet, head):
            _row(source, row, plan, run, today)


def _row(source: Source, row: Row, plan: Plan, run: Import, today: Any) -> None:
    if row.is_secret:
        plan.refused.append(Refused(source, row, None, "", "secret"))
        return
    try:
        entry = understood(row, today)
        unit = _unit_name(entry, row, run)
    except RejectedRow as rejected:
        why = rejected.rejected
        plan.refused.append(Refused(source, row, why.column, why.value, why.code, why.facts))
        return
    if _is_repeated(row, unit, plan):
        plan.duplicates += 1
        return
    notes = [*entry.notes, *_hidden(source.sheet, row)]
    plan.notes += [source.told(row.number, note) for note in notes]
    place = source.told(row.number, "").place
    plan.touched.append(enter(entry, unit, place, plan.book, run))


def _is_repeated(row: Row, unit: str, plan: Plan) -> bool:
    """True for a row whose every word stood in an earlier one; numbering says nothing."""
    said = [pair for pair in row.texts.items() if pair[0] != "row_number"]
    key = sha256(repr((unit, said)).encode()).digest()
    is_repeated = key in plan.rows_seen
    plan.rows_seen.add(key)
    return is_repeated


def _hidden(sheet: Sheet, row: Row) -> list[str]:
    if sheet.is_hidden:
        return ["hidden sheet"]
    return ["hidden row"] if row.number in sheet.hidden else []


def _unit_name(entry: Entry, row: Row, run: Import) -> str:
    if not entry.spots and entry.text("system") is None:
        raise RejectedRow(row, None, "", "no_subject")
    name = entry.text("unit") or run.unit
    if name is None:
        raise RejectedRow(row, "unit", "", "no_unit")
    return name

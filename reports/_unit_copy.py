"""The copy of a report for one unit: what concerns others is taken out of it.

Names (of other units, of their systems and assets, former names and domains among them) and
addresses that the ledger gives to others are replaced; a row that is about others only is left
out. Numbers stay those of the whole district, and the copy says so. Who issues it stands in
head and foot, though it is a unit as well.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

from reports._model import Chart, Notice, Report, Section, Series, Table
from reports._unit_copy_words import Words, words_of
from soc.errors import InputError
from soc.metrics import Number
from soc.records import number
from soc.text import text

if TYPE_CHECKING:
    from reports._editions import Issue
    from reports._model import Block, Cell
    from soc.context import Context
    from soc.records.unit import Unit

SERIES = "FB"  # 副本
T = TypeVar("T")


def copied(report: Report, named: str, context: Context) -> Report:
    """The report as that unit may see it; its copy is not numbered yet.

    Raises:
        InputError: no such unit, or several are called so.
    """
    unit = unit_of(named, context)
    return redacted(report, unit, words_of(unit, context, report.language))


def redacted(report: Report, unit: Unit, words: Words) -> Report:
    """The report less what is about others; pure."""
    clean = _Copy(words, text("report.copy.left_out", report.language))
    notice = Notice(text("report.copy.notice", report.language, unit=unit.name))
    kept = replace(
        report,
        sections=tuple(clean.section(each) for each in report.sections),
        closing=clean.section(report.closing),
        notices=tuple(clean.value(each) for each in report.notices),
        issue=words.clean(report.issue),
        subtitle=words.clean(report.subtitle),
        unit=unit.id,
    )
    return replace(kept, notices=(*kept.notices, notice))


def unit_of(named: str, context: Context) -> Unit:
    """The unit of an id, name, short name or alias.

    Raises:
        InputError: none, or more than one.
    """
    from soc.records.unit import Unit

    units = [u for u in context.store.records.find("unit") if isinstance(u, Unit)]
    fits = [u for u in units if named == u.id] or [u for u in units if named in _called(u)]
    if len(fits) != 1:
        what = "several units are called so; give the id" if fits else "no such unit"
        raise InputError(f"--unit: {named!r}: {what}; see `soc units list`")
    return fits[0]


def _called(unit: Unit) -> set[str]:
    return {n for n in (unit.name, unit.short_name) if n} | {a.name for a in unit.aliases}


def numbered(made: Issue, context: Context) -> Issue:
    """The copy with its receiver and number across every page; an old edition keeps its number."""
    record, year = made.record, context.calendar.date_of(context.clock.now()).year
    if record.no is None:
        count = context.store.records.next_number(SERIES, year)
        record = replace(record, no=number(SERIES, year, count))
    unit = unit_of(record.unit or "", context)
    mark = text("report.copy.mark", made.report.language, unit=unit.name, no=record.no)
    return replace(made, record=record, report=replace(made.report, copy=mark))


@dataclass(frozen=True)
class _Copy:
    """Walks a report; everything that it returns is clean."""

    words: Words
    nothing: str  # stands where every row was left out

    def section(self, section: Section) -> Section:
        blocks = tuple(self.block(each) for each in section.blocks)
        return Section(self.words.clean(section.title), blocks)

    def block(self, block: Block) -> Block:
        if isinstance(block, Table):
            return self._table(block)
        if isinstance(block, Chart):
            return self._chart(block)
        return self.value(block)

    def _table(self, table: Table) -> Table:
        kept = tuple(row for row in table.rows if not self._is_of_others(row))
        clean = replace(self.value(replace(table, rows=())), rows=tuple(map(self._row, kept)))
        return replace(clean, empty=self.nothing) if table.rows and not kept else clean

    def _is_of_others(self, row: tuple[Cell, ...]) -> bool:
        said = [cell if isinstance(cell, str) else cell.member or "" for cell in row]
        return any(map(self.words.is_foreign, said)) and not any(map(self.words.is_own, said))

    def _row(self, row: tuple[Cell, ...]) -> tuple[Cell, ...]:
        return tuple(self.words.clean(cell) if isinstance(cell, str) else cell for cell in row)

    def _chart(self, chart: Chart) -> Chart:
        """Bars of others are left out; columns over time say nothing of anybody."""
        kept = [n for n, c in enumerate(chart.categories) if not self.words.is_foreign(c)]
        series = tuple(
            Series(self.words.clean(each.name), tuple(each.numbers[n] for n in kept))
            for each in chart.series
        )
        categories = tuple(chart.categories[n] for n in kept)
        title = self.words.clean(chart.title)
        return replace(chart, title=title, categories=categories, series=series)

    def value(self, block: T) -> T:
        """A block of the model with each of its texts clean."""
        given: Any = block
        changed = {f.name: self._inner(getattr(given, f.name)) for f in fields(given)}
        made: T = replace(given, **changed)
        return made

    def _inner(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.words.clean(value)
        if isinstance(value, tuple):
            return tuple(self._inner(each) for each in value)
        if isinstance(value, Number) or not hasattr(value, "__dataclass_fields__"):
            return value
        return self.value(value)

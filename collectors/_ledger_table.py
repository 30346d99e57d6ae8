"""The data rows of a sheet: headings found, merged cells filled down, totals left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from collectors._ledger_headers import columns, field_of, is_repeated
from collectors._ledger_secret import is_marked, is_yes
from collectors._ledger_sheets import Sheet
from collectors._ledger_text import Cell, plain, spelled

_LOOK_ROWS = 40  # rows in which the heading is looked for
_TOTALS = ("合计", "总计", "小计", "共计")
_NOTES = ("注:", "说明", "填表", "备注:", "制表", "审核", "填报", "单位负责人", "注1", "注:1")
_SUBJECTS = frozenset({"system", "name", "address", "address6", "address_outside", "domain"})


@dataclass(frozen=True, slots=True)
class Row:
    """One data row; a secret one holds nothing but its number."""

    number: int  # as people see it
    cells: Mapping[str, Cell]  # by field
    texts: Mapping[str, str] = field(default_factory=dict)  # by field: the cells as text
    unsaved: tuple[str, ...] = ()  # fields that hold a formula without a stored value
    is_secret: bool = False
    raw: Sequence[Cell] = ()  # every cell, by column


@dataclass(frozen=True, slots=True)
class Heading:
    """Where the heading of a sheet ends, and which column holds which field."""

    last: int
    fields: Mapping[int, str]
    is_secret: bool  # the title says that all of it is


def heading(sheet: Sheet) -> Heading | None:
    """The heading of a sheet; None where no row of its first ones is one."""
    for place, cells in enumerate(sheet.rows[:_LOOK_ROWS]):
        texts = [spelled(cell) for cell in cells]
        below = _below(sheet, place)
        fields = columns(_spread(sheet, place, texts), below) if below else columns(texts)
        if fields:
            last = place + 1 if below else place
            titles = [spelled(c) for row in sheet.rows[:place] for c in row] + [sheet.name or ""]
            return Heading(last, fields, is_marked(titles))
    return None


def _below(sheet: Sheet, place: int) -> dict[int, str]:
    """Texts of the next row under cells of this one that span columns, where they are headings."""
    if place + 1 >= len(sheet.rows):
        return {}
    above, below = sheet.rows[place], sheet.rows[place + 1]
    found: dict[int, str] = {}
    for (top, left), (bottom, right) in sheet.merged:
        if top == bottom == place and right > left:
            for column in range(left, min(right + 1, len(below))):
                text = spelled(below[column])
                if field_of(spelled(above[left]) + text) or field_of(text):
                    found[column] = text
    return found


def _spread(sheet: Sheet, place: int, texts: list[str]) -> list[str]:
    """The texts of a row, what is merged over columns standing in each of them."""
    spread = list(texts)
    for (top, left), (bottom, right) in sheet.merged:
        if top == bottom == place and left < len(texts):
            for column in range(left, min(right + 1, len(texts))):
                spread[column] = texts[left]
    return spread


def rows(sheet: Sheet, head: Heading) -> Iterator[Row]:
    """The data rows below a heading: blank, total, note and repeated heading rows are left out."""
    filled = _filled(sheet, head)
    for place, cells in enumerate(filled, start=head.last + 1):
        texts = [*map(spelled, cells)]
        unsaved = _unsaved(sheet, head, place)
        if not (any(texts) or unsaved) or is_repeated(texts, head.fields):
            continue
        if head.is_secret or _is_secret(texts, head.fields):
            yield Row(sheet.number(place), {}, is_secret=True)
        elif not _is_aside(texts, head.fields):
            there = [(column, name) for column, name in head.fields.items() if column < len(cells)]
            named = {name: cells[column] for column, name in there}
            said = {name: texts[column] for column, name in there if texts[column]}
            yield Row(sheet.number(place), named, said, unsaved, raw=cells)


def _filled(sheet: Sheet, head: Heading) -> list[list[Cell]]:
    """The rows below the heading; what is merged over rows stands in each of them."""
    first = head.last + 1
    filled, own = sheet.rows[first:], set[int]()
    for (top, left), (bottom, _) in sheet.merged:
        if bottom > top >= first and left < len(sheet.rows[top]):
            for place in range(top + 1, min(bottom + 1, len(sheet.rows))):
                if place not in own:
                    filled[place - first] = list(filled[place - first])
                    own.add(place)
                filled[place - first][left] = sheet.rows[top][left]
    return filled


def _unsaved(sheet: Sheet, head: Heading, place: int) -> tuple[str, ...]:
    if not sheet.formulas:
        return ()
    return tuple(
        field
        for column, field in head.fields.items()
        if (place, column) in sheet.formulas and field not in ("row_number", "remark")
    )


def _is_secret(texts: list[str], fields: Mapping[int, str]) -> bool:
    if is_marked(texts):
        return True
    return any(
        field == "secret" and column < len(texts) and is_yes(texts[column])
        for column, field in fields.items()
    )


def _is_aside(texts: list[str], fields: Mapping[int, str]) -> bool:
    """True for a total, a note under the table, and a row that numbers nothing."""
    filled = [text for text in texts if text]
    if not filled:
        return False
    first = plain(filled[0])
    if first.replace(" ", "").startswith(_TOTALS):
        return not any(
            field in _SUBJECTS and column < len(texts) and _is_word(texts[column])
            for column, field in fields.items()
        )
    if len(filled) == 1 and first.startswith(_NOTES):
        return True
    return not any(
        field != "row_number" and column < len(texts) and texts[column]
        for column, field in fields.items()
    )


def _is_word(text: str) -> bool:
    """True for a name or address; a total counts, and a count is no subject."""
    bare = plain(text).replace(" ", "")
    return bool(bare) and not bare.isdigit() and not bare.startswith(_TOTALS)

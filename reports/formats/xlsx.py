"""XLSX: the sentences on the first sheet, each table and chart on one of its own.

Numbers are numbers, text is text: a cell that begins like a formula gets an apostrophe before
it, so that neither Excel nor a CSV made from it runs what an attacker wrote. The same report
gives the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from reports._dates import written
from reports._literal import printable
from reports._model import (
    Chart,
    Column,
    Figures,
    Notice,
    Paragraph,
    Report,
    Section,
    Table,
    Verdict,
)
from soc.metrics import Number, metric
from soc.text import text

if TYPE_CHECKING:
    from reports._model import Block, Cell

SUFFIX = ".xlsx"

_EPOCH = (1980, 1, 1, 0, 0, 0)  # of every entry of the archive
_FORMULA = re.compile(r"[=+\-@\t\r\n\u0000]|[＝＋－＠]")  # at the begin; wide ones too
_COUNT = re.compile(r"0|[1-9][0-9]{0,14}")
_FORMATS = {"share": "0.0%", "bytes": "#,##0", "seconds": '#,##0" s"'}
_NARROWEST, _WIDEST = 8, 60  # of a column, in characters
_MEASURED = 200  # rows that a column's width looks at
_TITLE = 31  # longest name of a sheet

Value = str | int | float | None


def render(report: Report) -> bytes:
    """The workbook; it refers to nothing outside itself."""
    book = Workbook(write_only=True)
    _overview(book, report)
    taken = {text("report.sheet.overview", report.language).casefold()}
    for title, columns, rows in _sheets(report):
        sheet = book.create_sheet(_named(title, taken))
        _table(sheet, columns, rows)
    return _fixed(book, report)


def neutral(value: str) -> str:
    """The text as no spreadsheet takes it for a formula."""
    clean = printable(value)
    began = value[:1] if value[:1] in "\t\r\n" else clean[:1]
    return f"'{clean}" if _FORMULA.match(began) else clean


def _overview(book: Any, report: Report) -> None:
    """Who, what, when, and every sentence and number of the document in its order."""
    sheet = book.create_sheet(text("report.sheet.overview", report.language))
    rows = list(_said(report))
    sheet.column_dimensions["A"].width = 28
    sheet.column_dimensions["B"].width = 22
    sheet.column_dimensions["C"].width = 90
    for place, row in enumerate(rows):
        sheet.append([_cell(sheet, value, is_bold=place == 0) for value in row])


def _said(report: Report) -> Iterator[tuple[Value | Number, ...]]:
    yield (report.title, report.issue, report.subtitle)
    if report.handling:
        yield (report.handling,)
    at = written(report.as_of, "moment", report.time_zone, report.language)
    yield (report.site, "", text("report.stand", report.language, edition=report.edition, as_of=at))
    if report.copy:
        yield (report.copy,)
    yield from (("", "", notice.text) for notice in report.notices)
    for section in (*report.sections, report.closing):
        yield (section.title,)
        for block in section.blocks:
            yield from _line(block)


def _line(block: Block) -> Iterator[tuple[Value | Number, ...]]:
    match block:
        case Paragraph(said) | Notice(said):
            yield ("", "", said)
        case Verdict(_, label, said, rule):
            yield ("", label, said)
            yield ("", "", rule)
        case Figures(figures):
            yield from ((f.name, f.number, f.comparison) for f in figures)
        case _:
            return


def _sheets(report: Report) -> Iterator[tuple[str, tuple[Column, ...], Iterable[tuple[Cell, ...]]]]:
    """Title, columns and rows of each table and chart."""
    for section in (*report.sections, report.closing):
        for block in section.blocks:
            if isinstance(block, Table) and block.rows:
                yield _titled(section, block, report), block.columns, block.rows
            elif isinstance(block, Chart):
                yield block.title, _axes(block), _points(block)


def _titled(section: Section, table: Table, report: Report) -> str:
    """The closing table's own title is a command: too long for a sheet."""
    return section.title if section is report.closing else table.title or section.title


def _axes(chart: Chart) -> tuple[Column, ...]:
    return (Column(chart.unit or "·"), *(Column(each.name, "right") for each in chart.series))


def _points(chart: Chart) -> Iterator[tuple[Cell, ...]]:
    for place, category in enumerate(chart.categories):
        yield (category, *(each.numbers[place] for each in chart.series))


def _named(title: str, taken: set[str]) -> str:
    """A name that a sheet may have, and that none has yet."""
    clean = re.sub(r"[\[\]:*?/\\']", " ", printable(title)).strip() or "·"
    name, count = clean[:_TITLE].strip(), 1
    while name.casefold() in taken:
        count += 1
        end = f" {count}"
        name = clean[: _TITLE - len(end)].strip() + end
    taken.add(name.casefold())
    return name


def _table(sheet: Any, columns: tuple[Column, ...], rows: Iterable[tuple[Cell, ...]]) -> None:
    """A header that stays in sight, widths that fit, and the rows."""
    held = list(rows)
    sheet.freeze_panes = "A2"
    for place, column in enumerate(columns):
        letter = get_column_letter(place + 1)
        values = [column.title, *(row[place] for row in held[:_MEASURED])]
        widest = max(map(_width, values)) + 2
        sheet.column_dimensions[letter].width = min(max(widest, _NARROWEST), _WIDEST)
    sheet.append([_cell(sheet, column.title, is_bold=True) for column in columns])
    for row in held:
        pairs = zip(row, columns, strict=True)
        sheet.append([_cell(sheet, _counted(value, column)) for value, column in pairs])


def _counted(value: Cell, column: Column) -> Value | Number:
    """A count that a report wrote as text, as the number that it is."""
    if isinstance(value, str) and column.align != "left" and _COUNT.fullmatch(value):
        return int(value)
    return value


def _width(value: Cell) -> int:
    """Characters that the text takes; wide ones take two."""
    if isinstance(value, Number):
        return 12
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in value)


def _cell(sheet: Any, value: Value | Number, is_bold: bool = False) -> Any:
    """A cell of the type of its value."""
    if isinstance(value, Number):
        return _number(sheet, value)
    cell = WriteOnlyCell(sheet, neutral(value) if isinstance(value, str) else value)
    if isinstance(value, str):
        cell.data_type = "s"
        cell.alignment = Alignment(vertical="top", wrap_text=True)
    if is_bold:
        cell.font = Font(bold=True)
    return cell


def _number(sheet: Any, number: Number) -> Any:
    """The value unrounded; an empty cell where nothing can be said."""
    cell = WriteOnlyCell(sheet, _whole(number.value))
    cell.number_format = _FORMATS.get(metric(number.metric).unit, "#,##0")
    return cell


def _whole(value: float | None) -> float | int | None:
    return int(value) if value is not None and float(value).is_integer() else value


def _fixed(book: Any, report: Report) -> bytes:
    """The archive with the report's own time in it instead of now's."""
    at = report.as_of.astimezone(UTC)
    book.properties.creator = "GovSOC"
    book.properties.title = f"{report.title} {report.subtitle}"
    book.properties.created = at.replace(tzinfo=None, microsecond=0)
    made, out = io.BytesIO(), io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in given.namelist():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            content = given.read(name)
            kept.writestr(entry, _dated(content, at) if name == "docProps/core.xml" else content)
    return out.getvalue()


def _dated(core: bytes, at: datetime) -> bytes:
    """openpyxl writes the present as the time of change."""
    stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    return re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, core)

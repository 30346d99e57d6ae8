"""Ledgers as files for people: cells that no spreadsheet takes for formulas, written at once."""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from collectors._ledger_sheets import Span
from collectors._ledger_text import Cell, is_blank
from soc.errors import InputError

_FORMULA = re.compile(r"[=+\-@＝＋－＠\t\r\n]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_CELL_LIMIT = 32_767  # characters that a spreadsheet holds
_TITLE_LIMIT = 31


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet to write; ``merged`` counts rows and columns from 0."""

    title: str
    rows: Sequence[Sequence[Cell]]
    merged: tuple[Span, ...] = ()


def neutral(cell: Cell) -> Cell:
    """The cell as no spreadsheet takes it for a formula; numbers and days stay what they are."""
    if not isinstance(cell, str):
        return (
            cell if cell is None or isinstance(cell, int | float | date | datetime) else str(cell)
        )
    clean = _CONTROL.sub(" ", cell)[: _CELL_LIMIT - 1]
    is_formula = _FORMULA.match(cell) or _FORMULA.match(clean.lstrip())
    return f"'{clean}" if is_formula and not is_blank(clean) else clean


def workbook(pages: Iterable[Page]) -> bytes:
    """An XLSX file of these sheets; titles are made fit and different."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook()
    book.remove(book.worksheets[0])
    taken: set[str] = set()
    for page in pages:
        sheet = book.create_sheet(_title(page.title, taken))
        for row in page.rows:
            sheet.append([neutral(cell) for cell in row])
        for (top, left), (bottom, right) in page.merged:
            sheet.merge_cells(None, top + 1, left + 1, bottom + 1, right + 1)
        for column in range(1, sheet.max_column + 1):
            sheet.column_dimensions[get_column_letter(column)].width = 20
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _title(wanted: str, taken: set[str]) -> str:
    clean = re.sub(r"[\[\]:*?/\\]", " ", wanted).strip(" '")[:_TITLE_LIMIT] or "1"
    title, count = clean, 1
    while title.casefold() in taken:
        count += 1
        title = f"{clean[: _TITLE_LIMIT - 5]} {count}"
    taken.add(title.casefold())
    return title


def table(page: Page) -> bytes:
    """A CSV file with the mark by which spreadsheets know UTF-8."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerows([neutral(cell) for cell in row] for row in page.rows)
    return target.getvalue().encode("utf-8-sig")


def save(path: Path, content: bytes) -> None:
    """The whole file or none of it, for its owner alone.

    Raises:
        InputError: it cannot be written there.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).replace(path)
    except OSError as error:
        raise InputError(
            f"{path}: {error.strerror}: name a file in a folder you can write"
        ) from error

"""The refused rows as a workbook in the layout in which they came, with the reason of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from collectors._ledger_out import Page, save, workbook
from collectors._ledger_problem import remedy
from soc.text import Language, text

if TYPE_CHECKING:
    from collectors._ledger_import import Refused, Source
    from collectors._ledger_text import Cell

_ADDED = ("row", "reason", "remedy")


def write(path: Path, refused: Sequence[Refused], language: Language) -> None:
    """A sheet for each sheet that had refused rows: its own heading and columns, then row, reason
    and correction. Secret rows have a sheet without any cell of theirs.

    Raises:
        InputError: it cannot be written there.
    """
    open_ = [each for each in refused if not each.row.is_secret]
    pages = [
        _page(source, list(rows), language)
        for source, rows in groupby(open_, key=lambda each: each.sheet)
    ]
    secret = [each for each in refused if each.row.is_secret]
    if secret or not pages:
        pages.append(_secret(secret, language))
    save(path, workbook(pages))


def _page(source: Source, refused: Sequence[Refused], language: Language) -> Page:
    sheet, last = source.sheet, source.head.last
    top = [list(row) for row in sheet.rows[: last + 1]]
    width = max(len(row) for row in [*top, *(each.row.raw for each in refused)])
    rows = [_wide(row, width) for row in top]
    rows[-1] += _titles(language, _ADDED)
    rows += [[*_wide(each.row.raw, width), *_why(each, language)] for each in refused]
    merged = tuple(span for span in sheet.merged if span[1][0] <= last)
    return Page(sheet.name or source.path.stem, rows, merged)


def _wide(row: Sequence[Cell], width: int) -> list[Cell]:
    return [*row, *([None] * (width - len(row)))]


def _why(each: Refused, language: Language) -> Iterator[Cell]:
    yield each.row.number
    yield each.reason(language)
    yield remedy(each.code, each.facts, language)


def _secret(refused: Sequence[Refused], language: Language) -> Page:
    rows: list[list[Cell]] = [_titles(language, ("file", "sheet", *_ADDED))]
    for each in refused:
        rows.append([each.sheet.path.name, each.sheet.sheet.name, *_why(each, language)])
    return Page(text("ledger.sheet.secret", language), rows)


def _titles(language: Language, names: Sequence[str]) -> list[Cell]:
    return [text(f"ledger.sheet.{name}", language) for name in names]

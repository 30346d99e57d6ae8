"""Ledger files as sheets of cells: CSV in three encodings, XLSX, XLS and ODS."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from collectors._files import opened
from collectors._ledger_text import Cell
from collectors._ledger_workbook import read
from collectors._ledger_xlsx import Scan, check_package, scans
from soc.errors import InputError

ROW_LIMIT = 200_000
COLUMN_LIMIT = 200
FILE_LIMIT_BYTES = 50 << 20
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCODINGS = ("utf-8-sig", "gb18030")  # strict, in this order; UTF-16 is told by its mark

Span = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The cells of one sheet, rows and columns counted from 0."""

    name: str | None  # None: the file has no sheets
    rows: list[list[Cell]]
    merged: tuple[Span, ...] = ()  # (first row, first column), (last row, last column)
    formulas: frozenset[tuple[int, int]] = field(default=frozenset())  # without a stored value
    numbers: tuple[int, ...] | None = None  # line on which each row begins; None: row + 1
    is_hidden: bool = False
    hidden: frozenset[int] = field(default=frozenset())  # numbers of the rows that are not shown

    def number(self, row: int) -> int:
        """The number that people see beside a row."""
        return self.numbers[row] if self.numbers else row + 1


def sheets(path: Path) -> list[Sheet]:
    """The sheets of a ledger file.

    Raises:
        InputError: not readable, over a limit, broken, encrypted, or of no known encoding.
    """
    content = _content(path)
    if content.startswith(_ZIP):
        check_package(path, content)
        return _workbook(path, content)
    if content.startswith(_OLE):
        return _workbook(path, content)
    return [_csv(path, content)]


def _content(path: Path) -> bytes:
    with opened(path, limit_bytes=FILE_LIMIT_BYTES) as stream:
        content = stream.read(FILE_LIMIT_BYTES + 1)
    if not content:
        raise InputError(f"{path}: is empty: name a file that holds a ledger")
    if len(content) > FILE_LIMIT_BYTES:
        raise InputError(f"{path}: unpacks to over {FILE_LIMIT_BYTES >> 20} MiB: split it")
    return content


def _workbook(path: Path, content: bytes) -> list[Sheet]:
    with ThreadPoolExecutor(1) as aside:  # the reader is a process: the scan goes on beside it
        reading = aside.submit(read, path, content)
        scanned = scans(path, content) if content.startswith(_ZIP) else {}
        found = reading.result()
    return [
        Sheet(
            name=sheet["name"],
            rows=sheet["rows"],
            merged=tuple(
                ((top, left), (bottom, right)) for (top, left), (bottom, right) in sheet["merged"]
            ),
            formulas=scanned.get(sheet["number"], Scan()).formulas,
            hidden=scanned.get(sheet["number"], Scan()).hidden,
            is_hidden=sheet["is_hidden"],
        )
        for sheet in found
    ]


def _check(path: Path, rows: int, columns: int) -> None:
    if rows > ROW_LIMIT:
        raise InputError(f"{path}: {rows} rows: split it into files of at most {ROW_LIMIT}")
    if columns > COLUMN_LIMIT:
        raise InputError(f"{path}: {columns} columns: keep at most {COLUMN_LIMIT}")


def _csv(path: Path, content: bytes) -> Sheet:
    text = _decoded(path, content)
    head = text[:4096]
    delimiter = max(",\t;", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[list[Cell]] = []
    numbers: list[int] = []
    begin = 1
    try:
        for row in reader:
            rows.append(list(row))
            numbers.append(begin)
            begin = reader.line_num + 1
            _check(path, len(rows), len(row))
    except csv.Error as error:
        raise InputError(f"{path}:{begin}: is no CSV ({error}): save it again") from error
    return Sheet(None, rows, numbers=tuple(numbers))


def _decoded(path: Path, content: bytes) -> str:
    """The text, by UTF-16 with its mark, UTF-8, or GB18030, each strictly; nothing is guessed."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = _ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InputError(
        f"{path}: is no text in UTF-8, UTF-16 or GB18030: save it as UTF-8 CSV or XLSX"
    )

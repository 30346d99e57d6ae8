"""通用 CSV: one row a network with what is known of it, UTF-8 with a byte order mark, LF.

For firewalls and people that import a sheet. Cells that a spreadsheet would take for a formula
get an apostrophe before them. Source: RFC 4180, but for the line ends.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime

from playbooks.blocklists import Entry, _sheet
from soc.errors import InputError
from soc.net import Network

SUFFIX = ".csv"
CAPACITY: int | None = None
EXPIRES = True  # each row says its own end
BOM = True  # without it a Chinese Excel reads another encoding

_MARK = "\ufeff"


def render(entries: Sequence[Entry], at: datetime, version: int) -> str:
    """A header and one row an entry, sorted by family and address.

    Raises:
        InputError: an entry that has ended at ``at``.
    """
    made = io.StringIO(newline="")
    made.write(_MARK)
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(_sheet.header())
    writer.writerows(_sheet.rows(entries, at))
    return made.getvalue()


def parse(text: str) -> list[Network]:
    """The networks of a rendered file.

    Raises:
        InputError: another header, a row of another width or number, or no canonical network.
    """
    if not text.startswith(_MARK) or not text.endswith("\n"):
        raise InputError("csv list: is no whole file of ours; export it again")
    lines = text[1:].split("\n")[:-1]
    if next(_cells(lines[:1]), []) != _sheet.header():
        raise InputError(f"csv list: {lines[0][:80]!r}: is another header; export it again")
    return [_row(count, cells) for count, cells in enumerate(_cells(lines[1:]), start=1)]


def _cells(lines: list[str]) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, strict=True)
    except csv.Error as error:
        raise InputError(f"csv list: {error}; export the file again") from error


def _row(count: int, cells: list[str]) -> Network:
    if len(cells) != len(_sheet.COLUMNS) or cells[0] != str(count):
        raise InputError(f"csv list: row {count}: is no row of ours; export the file again")
    return _sheet.written(cells[_sheet.PLACE], f"csv list: row {count}")

"""XLSX: the sheet of 通用 CSV as a workbook; every cell but counts is text, none a formula.

Written part by part as ISO/IEC 29500-1 (SpreadsheetML) has it, one row a line, so that two
hundred thousand rows take seconds and the same entries give the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import IO
from xml.sax.saxutils import escape

from playbooks.blocklists import Entry, _sheet
from soc.errors import InputError
from soc.net import Network

SUFFIX = ".xlsx"
CAPACITY: int | None = 1_048_575  # rows of a sheet, less the header
EXPIRES = True  # each row says its own end

_EPOCH = (1980, 1, 1, 0, 0, 0)  # of every part of the archive
_SHEET = "xl/worksheets/sheet1.xml"
_FOOT = b"</sheetData></worksheet>\n"
_LONGEST = 1 << 20  # bytes of a row that is read
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships'
    f'+xml"/><Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/{_SHEET}" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
    "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
    f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="blocklist" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'{_XML}<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/>'
    '<name val="Arial"/></font><font><b/><sz val="11"/><name val="Arial"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill '
    'patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/>'
    "</cellStyles></styleSheet>",
}
_COUNTS = tuple(place for place, name in enumerate(_sheet.COLUMNS) if name in ("row", "hits"))
_LETTERS = "ABCDEFGHI"
_ROW = re.compile(
    r'<row r="([0-9]+)"><c r="A\1"><v>([0-9]+)</v></c>'
    r'<c r="B\1" s="2" t="inlineStr"><is><t xml:space="preserve">([^<]*)</t></is></c>.*</row>\n'
)


def render(entries: Sequence[Entry], at: datetime, version: int) -> bytes:
    """The workbook: a header that stays in sight and one row an entry, sorted.

    Raises:
        InputError: an entry that has ended at ``at``.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in _PARTS.items():
            archive.writestr(_part(name), content)
        with archive.open(_part(_SHEET), "w", force_zip64=True) as sheet:
            for line in _lines(entries, at):
                sheet.write(line.encode())
    return made.getvalue()


def _part(name: str) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name, _EPOCH)
    found.compress_type, found.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    return found


def _lines(entries: Sequence[Entry], at: datetime) -> Iterator[str]:
    yield _head()
    for number, cells in enumerate(_sheet.rows(entries, at), start=2):
        yield _row(number, cells)
    yield _FOOT.decode()


def _head() -> str:
    """Everything before the first entry."""
    columns = "".join(
        f'<col min="{place}" max="{place}" width="{width}" customWidth="1"/>'
        for place, width in enumerate(_sheet.WIDTHS, start=1)
    )
    titles = "".join(
        _text(f"{letter}1", 1, title)
        for letter, title in zip(_LETTERS, _sheet.header(), strict=True)
    )
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane '
        'ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView>'
        f'</sheetViews><cols>{columns}</cols><sheetData>\n<row r="1">{titles}</row>\n'
    )


def _row(number: int, cells: tuple[str, ...]) -> str:
    made = (
        f'<c r="{letter}{number}"><v>{cell}</v></c>'
        if place in _COUNTS
        else _text(f"{letter}{number}", 2, cell)
        for place, (letter, cell) in enumerate(zip(_LETTERS, cells, strict=True))
        if cell
    )
    return f'<row r="{number}">{"".join(made)}</row>\n'


def _text(place: str, style: int, value: str) -> str:
    said = escape(value) if "&" in value or "<" in value or ">" in value else value
    opening = f'<c r="{place}" s="{style}" t="inlineStr"><is>'
    return f'{opening}<t xml:space="preserve">{said}</t></is></c>'


def parse(text: bytes) -> list[Network]:
    """The networks of a workbook as it was rendered; one that was saved again is none of ours.

    Raises:
        InputError: no such archive, or a row that a rendered workbook does not have.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(text)) as archive, archive.open(_SHEET) as sheet:
            return list(_networks(sheet))
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, OSError) as error:
        raise InputError("xlsx list: is no workbook; export it again") from error


def _networks(sheet: IO[bytes]) -> Iterator[Network]:
    """The networks of a sheet, read row by row; a line longer than any of ours ends it."""
    head = _head().encode()
    if sheet.read(len(head)) != head:
        raise InputError("xlsx list: is no sheet of ours; export it again")
    number = 1
    while (line := sheet.readline(_LONGEST)) != _FOOT:
        number += 1
        yield _parsed(number, line.decode())


def _parsed(number: int, line: str) -> Network:
    row = _ROW.fullmatch(line)
    if row is None or (int(row[1]), int(row[2])) != (number, number - 1):
        raise InputError(f"xlsx list: row {number}: is no row of ours; export the file again")
    return _sheet.written(row[3], f"xlsx list: row {number}")

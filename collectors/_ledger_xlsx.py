"""What is asked of a workbook before it is opened: its size unpacked, its extent, its formulas."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from posixpath import join, normpath

from soc.errors import InputError

RATIO_LIMIT = 100  # unpacked bytes for each packed one; ledgers pack 5 to 20 times
_FREE_BYTES = 16 << 20  # unpacked bytes that need no ratio
_UNPACKED_LIMIT_BYTES = 1 << 30
_PARTS_LIMIT = 5_000
_EXTENT = (200_000, 200)  # rows and columns of cells with a value
_CHUNK_BYTES = 4 << 20
_ROW_LIMIT_BYTES = 64 << 20

# Runs are bounded, so that no text makes a search quadratic.
_CELL = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"(?:[^<>]{0,400}[^/<>])?>')
_FORMULA = re.compile(
    rb'\br="([A-Z]{1,3})(\d{1,7})"[^<>]{0,400}>\s{0,80}<(?:\w{1,40}:)?f\b'
    rb"(?:[^<>]{0,400}/>|[^<>]{0,400}>[^<]{0,9000}</(?:\w{1,40}:)?f>)\s{0,80}"
    rb"(?:<(?:\w{1,40}:)?v\s{0,9}/>|<(?:\w{1,40}:)?v></(?:\w{1,40}:)?v>)?\s{0,80}</(?:\w{1,40}:)?c>"
)
_ROW = re.compile(rb"<(?:\w{1,40}:)?row\b([^<>]{0,400})>")
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_NUMBER = re.compile(rb'\br="(\d{1,7})"')
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^<>]*?\bid=\"([^\"]+)\"")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^<>]*>")
_ATTRIBUTE = re.compile(rb"\b(Id|Target)=\"([^\"]*)\"")


@dataclass(frozen=True, slots=True)
class Scan:
    """Of one sheet."""

    formulas: frozenset[tuple[int, int]] = frozenset()  # without a stored value; from 0
    hidden: frozenset[int] = frozenset()  # rows that are not shown, by their numbers


def check_package(path: Path, content: bytes) -> None:
    """Nothing, where the parts of a package may be unpacked, and are as large as they say.

    Raises:
        InputError: no package, or it unpacks to too much.
    """
    packed = len(content)
    with _package(path, content) as package:
        parts = package.infolist()
    total = sum(part.file_size for part in parts)
    if len(parts) > _PARTS_LIMIT or total > _UNPACKED_LIMIT_BYTES:
        raise InputError(
            f"{path}: unpacks to {total >> 20} MiB: is no ledger; split it or save it again"
        )
    if total > _FREE_BYTES + RATIO_LIMIT * packed:
        raise InputError(
            f"{path}: unpacks to over {RATIO_LIMIT} times its size: check where it comes from"
        )
    _check_parts(path, content)


def _check_parts(path: Path, content: bytes) -> None:
    """A part that is larger than it says has another checksum than it says."""
    try:
        with _package(path, content) as package:
            bad = package.testzip()
    except (zlib.error, EOFError, OSError, RuntimeError) as error:
        raise InputError(f"{path}: is a broken workbook ({error}): save it again") from error
    if bad is not None:
        raise InputError(f"{path}: is a broken workbook ({bad}): save it again")


def scans(path: Path, content: bytes) -> dict[int, Scan]:
    """What a reader of cells does not tell, by sheet.

    Raises:
        InputError: a cell with a value lies beyond the limits, or a part cannot be unpacked.
    """
    found: dict[int, Scan] = {}
    with _package(path, content) as package:
        for number, part in enumerate(_sheet_parts(package)):
            if part in package.namelist():
                found[number] = _scanned(path, package, part)
    return found


def _package(path: Path, content: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError) as error:
        raise InputError(f"{path}: is a broken workbook ({error}): save it again") from error


def _sheet_parts(package: zipfile.ZipFile) -> list[str]:
    """Names of the parts that hold the sheets, in the order of the workbook."""
    names = set(package.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return []
    targets: dict[bytes, str] = {}
    for relation in _RELATION.findall(package.read("xl/_rels/workbook.xml.rels")):
        said = dict(_ATTRIBUTE.findall(relation))
        target = unescape(said.get(b"Target", b"").decode("utf-8", "replace"))
        targets[said.get(b"Id", b"")] = normpath(join("/xl", target)).lstrip("/")
    ids = _SHEET.findall(package.read("xl/workbook.xml"))
    return [targets.get(known, "") for known in ids]


def _scanned(path: Path, package: zipfile.ZipFile, part: str) -> Scan:
    formulas: set[tuple[int, int]] = set()
    hidden: set[int] = set()
    for chunk in _rows(path, package, part):
        cells = _CELL.findall(chunk)
        rows = max((int(row) for _, row in cells), default=0)
        columns = max((_column(letters) for letters in {c for c, _ in cells}), default=0)
        if rows > _EXTENT[0] or columns > _EXTENT[1]:
            raise InputError(
                f"{path}: {part}: holds a cell in row {rows}, column {columns}: keep at most "
                f"{_EXTENT[0]} rows and {_EXTENT[1]} columns"
            )
        formulas |= {(int(row) - 1, _column(c) - 1) for c, row in _FORMULA.findall(chunk)}
        hidden |= {
            int(match[1])
            for said in _ROW.findall(chunk)
            if _HIDDEN.search(said) and (match := _NUMBER.search(said))
        }
    return Scan(frozenset(formulas), frozenset(hidden))


def _rows(path: Path, package: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The part in pieces of whole rows."""
    rest = b""
    try:
        with package.open(part) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                whole, end, rest = (rest + chunk).rpartition(b"row>")
                yield whole
                rest = end + rest
                if len(rest) > _ROW_LIMIT_BYTES:
                    raise InputError(f"{path}: {part}: holds no rows: save it again")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise InputError(f"{path}: is a broken workbook ({error}): save it again") from error
    yield rest


def _column(letters: bytes) -> int:
    """Number of a column, A is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number

"""The log as loads: rows in the order of their versions, encoded, cut to the size of a request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from soc._columns import INGESTED
from soc.errors import StoreError, StoreUnavailable
from soc.query import Period, Window
from soc.store import _log_commits as commits
from soc.store._ship_encode import Body, encode, opened
from soc.store._ship_place import BEGINNING, Known, Place

if TYPE_CHECKING:
    from soc.store.log import DeltaLog

ENCODED_ROWS = 20_000  # at once
LOAD_ROWS = 4_000
LOAD_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Unit:
    """A file to ship. Its first row is row ``first`` of what its version appended.

    With ``since`` it belongs to the part of the log whose versions are forgotten: rows ingested
    from then on are wanted. The position stays at ``before`` until all of that part is decided.
    """

    path: Path
    version: int
    first: int = 0
    since: datetime | None = None
    before: Place = BEGINNING

    def place(self, row: int) -> Place:
        """Where in the log a row of the file stands."""
        return Place(self.version, self.first + row) if self.since is None else self.before


@dataclass(frozen=True, slots=True)
class Load:
    """The documents of one request, and what of the log they are."""

    start: Place
    end: Place
    data: bytes
    ends: npt.NDArray[np.int64]  # n + 1: document i is data[ends[i] : ends[i + 1]]
    ids: list[str]
    ingested_us: tuple[int, int] = (0, 0)  # least and greatest, microseconds since 1970
    is_forgotten: bool = False  # its versions are: rows of it may have been shipped
    finishes: tuple[str, ...] = ()  # files of forgotten versions that end with it

    def asked_from(self, known: Known) -> int | None:
        """The generation from which its ids have to be asked for; None: it was never sent."""
        if self.is_forgotten:
            return 0 if self.ingested_us[0] <= known.latest_us else None
        return known.since if self.start < known.intended else None

    def lines(self, rows: Sequence[int]) -> bytes:
        """Action lines and documents of some of its rows."""
        if len(rows) == len(self.ids):
            return self.data
        return b"".join(self.line(row) for row in rows)

    def line(self, row: int) -> bytes:
        """Action line and document of a row."""
        return self.data[self.ends[row] : self.ends[row + 1]]


def units(
    log: DeltaLog, dataset: str, known: Known, upto: int, period: Period | None = None
) -> list[Unit]:
    """The files that are not decided, up to and with a version, in the order to ship them.

    Rows whose version is forgotten get the lowest that can be read. With a period files that
    hold no row of it may be left out.

    Raises:
        StoreError: a file of the log is gone.
    """
    done = known.done
    lowest = commits.beginning(log.folder / dataset)
    window = Window({log.origin: done.version - 1}, {log.origin: upto})
    found: list[Unit] = []
    for file in log.files(dataset, window, period):
        if file.version is None and file.path.name in known.finished:
            continue
        version = max(done.version, lowest or 0) if file.version is None else file.version
        last = found[-1] if found else None
        first = 0
        if last is not None and last.version == version:
            first = last.first + rows_of(last.path)
        found.append(Unit(file.path, version, first, file.ingested_from, done))
    return found


@lru_cache(maxsize=4_096)
def rows_of(path: Path) -> int:
    """How many rows a file holds; it never changes.

    Raises:
        StoreError: it cannot be read.
    """
    try:
        return int(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error


def ahead(found: Sequence[Unit], place: Place, rows: int) -> Place:
    """The place about so many rows after another; the end of the last file at most."""
    left = rows
    for unit in found:
        if unit.since is None and unit.place(rows_of(unit.path)) <= place:
            continue
        left -= rows_of(unit.path)
        if left <= 0:
            return Place(unit.version + 1)
    return Place(found[-1].version + 1) if found else place


def lag(found: Sequence[Unit], done: Place) -> int:
    """How many rows of the files are not shipped."""
    begun = done.row if found and found[0].version == done.version else 0
    return sum(rows_of(unit.path) for unit in found) - begun


def loads(found: Sequence[Unit], dataset: str, origin: str, done: Place) -> Iterator[Load]:
    """All rows of the files after a place, small versions together, large ones apart.

    Raises:
        StoreError: a file of the log cannot be read.
    """
    pending: list[Load] = []
    rows = size = 0
    for piece in _pieces(found, dataset, origin, done):
        if pending and (rows + len(piece.ids) > LOAD_ROWS or size + len(piece.data) > LOAD_BYTES):
            yield _merged(pending)
            pending, rows, size = [], 0, 0
        pending.append(piece)
        rows, size = rows + len(piece.ids), size + len(piece.data)
    if pending:
        yield _merged(pending)


def _pieces(found: Sequence[Unit], dataset: str, origin: str, done: Place) -> Iterator[Load]:
    for unit in found:
        pieces = _of_unit(unit, dataset, origin, done)
        yield from pieces if unit.since is None else _finishing(pieces, unit)


def _finishing(pieces: Iterator[Load], unit: Unit) -> Iterator[Load]:
    """The pieces of a file; the last one tells that it is."""
    held: Load | None = None
    for piece in pieces:
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield replace(held, finishes=(unit.path.name,))


def _of_unit(unit: Unit, dataset: str, origin: str, done: Place) -> Iterator[Load]:
    skipped = done.row if unit.since is None and unit.version == done.version else 0
    for row, batch in _batches(unit, dataset, max(0, skipped - unit.first)):
        body, ingested_us = encode(batch, dataset, origin, unit.version), _ingested_us(batch)
        for start, end in pairwise(cuts(body.ends, LOAD_ROWS, LOAD_BYTES)):
            yield _piece(body, start, end, unit, row, ingested_us)


def cuts(ends: npt.NDArray[np.int64], rows: int, size: int) -> list[int]:
    """Where to cut a body: at most so many rows, and so many bytes unless one row has more."""
    found, count = [0], len(ends) - 1
    while found[-1] < count:
        start = found[-1]
        fits = int(np.searchsorted(ends, ends[start] + size, side="right")) - 1
        found.append(min(count, start + rows, max(start + 1, fits)))
    return found


def _ingested_us(batch: pa.RecordBatch) -> tuple[int, int]:
    ends = pc.min_max(batch.column(INGESTED).cast(pa.int64()))
    return ends["min"].as_py() or 0, ends["max"].as_py() or 0


def _piece(
    body: Body, start: int, end: int, unit: Unit, row: int, ingested_us: tuple[int, int]
) -> Load:
    first = int(body.ends[start])
    return Load(
        unit.place(row + start),
        unit.place(row + end),
        bytes(body.data[first : int(body.ends[end])]),
        body.ends[start : end + 1] - first,
        list(body.ids[start:end]),
        ingested_us,
        unit.since is not None,
    )


def _merged(pieces: list[Load]) -> Load:
    if len(pieces) == 1:
        return pieces[0]
    starts = np.cumsum([0, *(len(piece.data) for piece in pieces)])
    ends = [piece.ends[1:] + start for piece, start in zip(pieces, starts, strict=False)]
    return Load(
        pieces[0].start,
        pieces[-1].end,
        b"".join(piece.data for piece in pieces),
        np.concatenate([np.zeros(1, np.int64), *ends]),
        [id for piece in pieces for id in piece.ids],
        (min(p.ingested_us[0] for p in pieces), max(p.ingested_us[1] for p in pieces)),
        any(piece.is_forgotten for piece in pieces),
        tuple(name for piece in pieces for name in piece.finishes),
    )


def _batches(unit: Unit, dataset: str, skipped: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The rows of a file after so many, with the number of the first of each batch."""
    try:
        with opened(unit.path, dataset) as file:
            row = 0
            for batch in file.iter_batches(ENCODED_ROWS):
                start, row = row, row + batch.num_rows
                if row > skipped:
                    passed = max(0, skipped - start)
                    yield start + passed, _wanted(batch.slice(passed), unit)
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(unit.path, error) from error


def batches(path: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """The rows of a file, those of the columns that it has.

    Raises:
        StoreError: it cannot be read.
    """
    try:
        with pq.ParquetFile(path) as file:
            names = [name for name in columns if name in file.schema_arrow.names]
            yield from file.iter_batches(columns=names)
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error


def _wanted(batch: pa.RecordBatch, unit: Unit) -> pa.RecordBatch:
    if unit.since is None:
        return batch
    return batch.filter(pc.greater_equal(batch.column(INGESTED), pa.scalar(unit.since)))


def _unreadable(path: Path, error: Exception) -> StoreError:
    if isinstance(error, FileNotFoundError):  # retention took it since it was listed
        return StoreUnavailable(f"{path}: is gone since it was listed: run it again")
    line = " ".join(str(error).split())[:200]
    return StoreError(f"{path}: cannot be read ({line}): restore it from a backup")

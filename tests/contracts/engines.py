"""Engines under one roof: each is given rows and answers questions about them.

A new engine joins every test here by one entry in ``ENGINES``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from soc import _aggregate, net, schema
from soc.query import Aggregate, Period, Select, Window
from soc.records import Record
from soc.store import Change, Lease, Records
from soc.store.duckdb import DuckEngine
from soc.store.elastic import ElasticEngine
from soc.where import EVERYTHING, Where
from tests.elastic import shipped

Row = dict[str, Any]
START = datetime(2026, 3, 18, 1, tzinfo=UTC)


class Asked(Protocol):
    """Rows of one dataset that can be asked."""

    def select(self, query: Select) -> list[Row]:
        """The rows as Python mappings."""

    def aggregate(self, query: Aggregate) -> list[Row]:
        """The groups as Python mappings."""

    def match(self, query: Select, wheres: Mapping[str, Where]) -> dict[str, list[Row]]:
        """For each named filter the rows for which it holds."""


def numbered(rows: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Rows with what every stored event has; ``soc.record`` counts from 1."""
    return [
        {
            "@timestamp": START + timedelta(seconds=number),
            "event.ingested": START,
            "soc.source_key": -5,
            "soc.record": number,
            **row,
        }
        for number, row in enumerate(rows, 1)
    ]


@dataclass(frozen=True)
class Python:
    """The reference evaluator over the rows as they are."""

    rows: Sequence[Row]

    def select(self, query: Select) -> list[Row]:
        return list(_aggregate.select(query, self.rows))

    def aggregate(self, query: Aggregate) -> list[Row]:
        return _aggregate.aggregate(query, self.rows)

    def match(self, query: Select, wheres: Mapping[str, Where]) -> dict[str, list[Row]]:
        found = list(_aggregate.select(query, self.rows))
        whole = [
            row for row in self.rows if any(row["soc.record"] == f["soc.record"] for f in found)
        ]
        asked = {
            name: list(_aggregate.select(Select(query.dataset, where, query.columns), whole))
            for name, where in wheres.items()
        }
        return {name: rows for name, rows in asked.items() if rows}


@dataclass(frozen=True)
class LogFile:
    """A file of the fake log."""

    path: Path
    version: int | None
    ingested_from: datetime | None = None


@dataclass
class FileLog:
    """A log that is a list of files, one a version; it never prunes by period."""

    folder: Path
    dataset: str
    paths: Sequence[Path]
    origin: str = "here"

    def version(self, dataset: str) -> int:
        return len(self.paths) - 1 if dataset == self.dataset else -1

    def files(
        self, dataset: str, window: Window | None = None, period: Period | None = None
    ) -> list[LogFile]:
        if dataset != self.dataset:
            return []
        if window is None:
            return [LogFile(path, None) for path in self.paths]
        after, upto = window.after.get(self.origin, -1), window.upto.get(self.origin, -1)
        return [
            LogFile(path, version)
            for version, path in enumerate(self.paths)
            if after < version <= upto
        ]


class NoRecords:
    """A store of records that holds what it was given, by kind."""

    def __init__(self, records: Sequence[Record] = ()) -> None:
        self.records = records

    def get(self, kind: str, id: str, *, at: datetime | None = None) -> Record | None:
        return next((r for r in self.records if r.kind == kind and r.id == id), None)

    def find(
        self,
        kind: str,
        where: Where = EVERYTHING,
        *,
        at: datetime | None = None,
        limit: int | None = None,
    ) -> Iterator[Record]:
        return iter([record for record in self.records if record.kind == kind])

    def history(self, kind: str, id: str) -> list[Record]:
        return []

    def apply(self, changes: Iterable[Change]) -> int:
        return 0

    def conclude(
        self,
        reader: str,
        before: Mapping[str, int],
        after: Mapping[str, int],
        changes: Iterable[Change],
    ) -> int:
        return 0

    def watermark(self, reader: str) -> Mapping[str, int]:
        return {}

    def next_number(self, series: str, year: int) -> int:
        return 1

    def acquire(self, name: str, holder: str, ttl_s: float) -> Lease | None:
        return None

    def release(self, lease: Lease) -> None:
        return None


def table(dataset: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows as the log stores them: the columns that are filled, twins beside addresses."""
    filled = {name for row in rows for name, value in row.items() if value is not None}
    arrays: dict[str, pa.Array] = {}
    for field in schema.arrow(dataset):
        if field.name in filled:
            arrays[field.name] = pa.array(
                [_stored(row.get(field.name)) for row in rows], field.type
            )
        source = field.name.removeprefix(schema.TWIN)
        if source != field.name and source in filled:
            arrays[field.name] = net.twins(arrays[source])
    return pa.table(arrays)


def _stored(value: Any) -> Any:
    return list(value.items()) if isinstance(value, dict) else value


def write(folder: Path, dataset: str, commits: Sequence[Sequence[Mapping[str, Any]]]) -> FileLog:
    """A log whose commits hold these rows."""
    paths = []
    for version, rows in enumerate(commits):
        path = folder / f"part'{version}.parquet"
        pq.write_table(table(dataset, rows), path)
        paths.append(path)
    return FileLog(folder, dataset, paths)


@dataclass(frozen=True)
class Stored:
    """An engine over stored rows: a Parquet file, or a data stream."""

    engine: DuckEngine | ElasticEngine

    def select(self, query: Select) -> list[Row]:
        return [_plain(row) for batch in self.engine.select(query) for row in batch.to_pylist()]

    def aggregate(self, query: Aggregate) -> list[Row]:
        return self.engine.aggregate(query).to_pylist()  # type: ignore[no-any-return]

    def match(self, query: Select, wheres: Mapping[str, Where]) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for name, batch in self.engine.match(query, wheres):
            found.setdefault(name, []).extend(_plain(row) for row in batch.to_pylist())
        return found


def _plain(row: Row) -> Row:
    return {
        k: dict(v) if k in ("soc.other", "soc.scan.scripts") and v else v for k, v in row.items()
    }


def duck(folder: Path, dataset: str, rows: Sequence[Row]) -> Stored:
    """The rows in two files of different columns, as commits leave them."""
    records: Records = NoRecords()
    log = write(folder, dataset, _commits(rows))
    return Stored(DuckEngine(log, records, "256MB", 2))


def _commits(rows: Sequence[Row]) -> list[Sequence[Row]]:
    half = len(rows) // 2
    return [part for part in (rows[:half], rows[half:]) if part]


def elastic(folder: Path, dataset: str, rows: Sequence[Row]) -> Stored:
    """The rows on the real server, as two commits of a host of their own."""
    origin = shipped.ship(dataset, _commits(rows))
    records: Records = NoRecords()
    return Stored(shipped.engine(records, frozenset({origin})))


def python(folder: Path, dataset: str, rows: Sequence[Row]) -> Python:
    """The rows as they are."""
    return Python(rows)


Make = Callable[[Path, str, Sequence[Row]], Asked]

ENGINES: dict[str, Make] = {"python": python, "duckdb": duck, "elasticsearch": elastic}

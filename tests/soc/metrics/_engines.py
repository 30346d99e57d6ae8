"""The engines that a made day can stand on beside the reference: DuckDB and the real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from soc.query import Aggregate, Marks, Period, Select, Window
from soc.store.duckdb import DuckEngine
from tests.contracts.engines import LogFile, NoRecords, Row, table
from tests.elastic import shipped

if TYPE_CHECKING:
    import pyarrow as pa

    from soc.store import Engine

ORIGIN = "test"  # the one host of a made day
Ask = Callable[["Rows"], "Engine"]


@dataclass
class Rows:
    """Rows by dataset, and the folder that an engine may write to; one row a version."""

    held: dict[str, list[Row]]
    folder: Path


@dataclass
class RowsLog:
    """A log whose files are written when they are asked for."""

    rows: Rows
    folder: Path
    origin: str = ORIGIN
    _written: dict[object, Path] = field(default_factory=dict)

    def version(self, dataset: str) -> int:
        return len(self.rows.held.get(dataset, ())) - 1

    def files(
        self, dataset: str, window: Window | None = None, period: Period | None = None
    ) -> list[LogFile]:
        held = self.rows.held.get(dataset, [])
        first, last = 0, len(held)
        if window is not None:
            first = window.after.get(ORIGIN, -1) + 1
            last = min(last, window.upto.get(ORIGIN, -1) + 1)
        if first >= last:
            return []
        return [LogFile(self._file(dataset, first, last), None)]

    def _file(self, dataset: str, first: int, last: int) -> Path:
        key = (dataset, first, last)
        if key not in self._written:
            path = self.folder / f"{len(self._written)}.parquet"
            pq.write_table(table(dataset, self.rows.held[dataset][first:last]), path)
            self._written[key] = path
        return self._written[key]


def duckdb(rows: Rows) -> Engine:
    """DuckDB over files of the rows."""
    return DuckEngine(RowsLog(rows, rows.folder), NoRecords(), "256MB", 2)


def elasticsearch(rows: Rows) -> Engine:
    """The real server, to which rows go before each question."""
    return Server(rows)


@dataclass
class Server:
    """Rows as those of a host of their own; windows name the host of the made day."""

    rows: Rows
    name: str = "elasticsearch"
    host: str = field(default_factory=shipped.host)
    _shipped: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._engine = shipped.engine(NoRecords(), frozenset({self.host}))

    def select(self, query: Select) -> Iterator[pa.RecordBatch]:
        return self._engine.select(self._asked(query))

    def aggregate(self, query: Aggregate) -> pa.Table:
        return self._engine.aggregate(self._asked(query))

    def match(self, query: Select, wheres: Any) -> Iterator[tuple[str, pa.RecordBatch]]:
        return self._engine.match(self._asked(query), wheres)

    def newest(self, dataset: str) -> Marks:
        held = self.rows.held.get(dataset, ())
        return {ORIGIN: len(held) - 1} if held else {}

    def window(self, dataset: str, after: Marks) -> Window:
        return Window(after, self.newest(dataset))

    def _asked(self, query: Any) -> Any:
        held, after = self.rows.held.get(query.dataset, []), self._shipped.get(query.dataset, 0)
        if len(held) > after:
            commits = [[row] for row in held[after:]]
            shipped.ship(query.dataset, commits, self.host, first=after)
            self._shipped[query.dataset] = len(held)
        if query.window is None:
            return query
        return replace(query, window=Window(*map(self._named, _marks(query.window))))

    def _named(self, marks: Marks) -> Marks:
        return {self.host if origin == ORIGIN else origin: v for origin, v in marks.items()}


def _marks(window: Window) -> tuple[Marks, Marks]:
    return window.after, window.upto


ON: dict[str, Ask] = {"duckdb": duckdb, "elasticsearch": elasticsearch}
STANDING: ContextVar[tuple[Ask | None, Path]] = ContextVar("standing", default=(None, Path()))

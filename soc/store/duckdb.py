"""The DuckDB engine: answers questions from the files of the local event log.

The database is in memory and can open the files of the log and nothing else. A filter that
SQL cannot decide is narrowed by SQL and decided by the evaluator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from soc import _aggregate, _result
from soc._columns import INGESTED, RECORD, VERSION, question
from soc._evaluate import predicate
from soc.query import Aggregate, Marks, Period, Select, Window
from soc.schema import Type
from soc.store import _duck_match, _duck_query
from soc.store._duck_connection import BATCH_ROWS, Database, translated
from soc.store._duck_match import decided, evaluated
from soc.store._duck_query import File, Source
from soc.store._duck_relation import Relation
from soc.store._duck_where import compile
from soc.where import EVERYTHING, Where, fields

if TYPE_CHECKING:
    from soc.store import Records


class FileLog(Protocol):
    """The part of the event log that the engine reads."""

    origin: str
    folder: Path

    def version(self, dataset: str) -> int: ...

    def files(
        self, dataset: str, window: Window | None = None, period: Period | None = None
    ) -> list[Any]: ...


class DuckEngine:
    """Answers ``Select`` and ``Aggregate`` over the local log and the records."""

    name = "duckdb"

    def __init__(
        self, log: FileLog, records: Records, memory_limit: str = "2GB", threads: int = 2
    ) -> None:
        self._log = log
        self._records = records
        self._database = Database(log.folder, memory_limit, threads)

    def close(self) -> None:
        """Give memory and threads back; the next question takes them again."""
        self._database.close()

    def newest(self, dataset: str) -> Marks:
        """The version of the local log under its origin; nothing before the first append."""
        version = self._log.version(dataset)
        return {self._log.origin: version} if version >= 0 else {}

    def window(self, dataset: str, after: Marks) -> Window:
        """All that was appended after ``after`` and can be read now."""
        return Window(after, self.newest(dataset))

    def select(self, query: Select) -> Iterator[pa.RecordBatch]:
        """Rows as record batches, at least one (it may be empty); columns in the order asked.

        Raises:
            StoreError: a question that cannot be asked, or what DuckDB refuses.
            RuleError: a pattern is no RE2, or a network is none.
        """
        types = _result.select(query)
        if query.dataset.startswith(RECORD):
            return self._records_selected(query, types)
        return _at_least_one(self._selected(query, types), _result.arrow(types))

    def _selected(
        self, query: Select, types: Mapping[str, Type | None]
    ) -> Iterator[pa.RecordBatch]:
        columns = question(query.dataset)
        source = self._source(query, {*types, *(order.column for order in query.order)})
        needed = [] if self._is_exact(query, source) else evaluated(query.where, columns)
        wide = dict(types) | {name: columns.type_of(name) for name in needed}
        text = _duck_query.rows(query, wide, source).text
        found = self._database.stream(text, _result.arrow(wide))
        if not needed:
            return found
        holds = predicate(query.where, columns)
        return _limited((decided(b, holds).select(list(types)) for b in found), query.limit)

    def _records_selected(
        self, query: Select, types: Mapping[str, Type | None]
    ) -> Iterator[pa.RecordBatch]:
        rows = list(_aggregate.select(query, self._flattened(query)))
        types = types or dict.fromkeys(_result.record_names(rows))
        table = _result.table(rows, types)
        return _at_least_one(iter(table.to_batches(BATCH_ROWS)), table.schema)

    def aggregate(self, query: Aggregate) -> pa.Table:
        """One row a group: ``bucket`` (if asked), the ``by`` columns, then the measures.

        Raises:
            StoreError: a question that cannot be asked, or what DuckDB refuses.
            RuleError: a pattern is no RE2, or a network is none.
        """
        types = _result.aggregate(query)
        if query.dataset.startswith(RECORD):
            return _result.table(_aggregate.aggregate(query, self._flattened(query)), types)
        source = self._source(query, set(_read(query)))
        if not self._is_exact(query, source):
            return _result.table(self._aggregated(query), types)
        statement = _duck_query.groups(query, types, source)
        schema = _result.arrow(types)
        table = pa.Table.from_batches(self._database.stream(statement.text, schema), schema)
        if statement.exact:
            return table
        rows = _aggregate.finished(query, table.to_pylist())
        return pa.Table.from_pylist(rows, schema)

    def _aggregated(self, query: Aggregate) -> list[dict[str, Any]]:
        """Groups whose filter SQL cannot decide: the rows that are left, counted in Python."""
        columns = question(query.dataset)
        stored = {place[0] if (place := columns.map_of(n)) else n for n in _read(query)}
        needed = tuple(sorted(stored)) or (INGESTED,)
        rows = self.select(
            Select(
                query.dataset,
                query.where,
                needed,
                period=query.period,
                window=query.window,
                latest_by=query.latest_by,
            )
        )
        rest = replace(query, where=EVERYTHING, period=None, window=None, latest_by=None)
        return _aggregate.aggregate(rest, (row for batch in rows for row in batch.to_pylist()))

    def match(
        self, query: Select, wheres: Mapping[str, Where]
    ) -> Iterator[tuple[str, pa.RecordBatch]]:
        """For each named filter the rows of the question for which it holds too.

        Rows are read and folded once for many filters; order and limit are not looked at. A
        name comes once for each batch of rows in which its filter holds.

        Raises:
            StoreError: a question that cannot be asked, or what DuckDB refuses.
            RuleError: a pattern is no RE2, or a network is none.
        """
        types = _result.select(query)
        source = self._source(query, set(types).union(*map(fields, wheres.values())))
        for plan in _duck_match.plans(query, wheres, tuple(types), source):
            for batch in self._database.stream(plan.text, plan.schema):
                yield from _duck_match.sorted_out(batch, plan)

    def _source(self, query: Select | Aggregate, names: set[str]) -> Source:
        """The files of a question, and which columns they hold."""
        with translated(query.dataset):
            files: list[File] = self._log.files(query.dataset, query.window, query.period)
            held = [_held(file.path) for file in files]
        stored = frozenset[str]().union(*held)
        if VERSION in names | fields(query.where) | {query.latest_by}:
            stored |= {VERSION} if files and query.window is not None else set()
        relation = Relation(question(query.dataset), stored)
        return Source(files, relation, is_uniform=len(set(held)) <= 1)

    def _is_exact(self, query: Select | Aggregate, source: Source) -> bool:
        return compile(query.where, source.relation).exact

    def _flattened(self, query: Select | Aggregate) -> Iterator[dict[str, object]]:
        from soc.store.records import flatten

        where = query.where if query.latest_by is None else EVERYTHING
        return map(flatten, self._records.find(query.dataset.removeprefix(RECORD), where))


@lru_cache(maxsize=65_536)
def _held(path: Path) -> frozenset[str]:
    """The columns of a file; a file of the log never changes."""
    return frozenset(pq.read_schema(path).names)


def _read(query: Aggregate) -> Iterator[str]:
    """The columns that the groups and numbers are made of."""
    yield from query.by
    yield from (measure.column for measure in query.measures if measure.column is not None)
    if query.bucket is not None:
        yield query.bucket.column


def _at_least_one(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The batches, or an empty one: a caller can always make a table of them."""
    first = next(batches, None)
    yield pa.RecordBatch.from_pylist([], schema) if first is None else first
    yield from batches


def _limited(batches: Iterator[pa.RecordBatch], limit: int | None) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if limit is None:
            yield batch
            continue
        yield batch.slice(0, limit)
        limit -= min(limit, batch.num_rows)
        if limit == 0:
            return

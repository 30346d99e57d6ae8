"""``Select`` and ``Aggregate`` as DuckDB SQL over the files of one dataset."""

# ruff: noqa: S608 - every name and text goes through soc.store._duck_literal

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from soc import _bins
from soc._columns import INGESTED, RECORD_NUMBER, SOURCE_KEY, VERSION
from soc._result import BUCKET, columns_of_result
from soc.query import Aggregate, Bucket, Measure, Order, Period, Select
from soc.schema import Type
from soc.store import _duck_literal as sql
from soc.store._duck_relation import TRUE, Clause, Relation
from soc.store._duck_where import compile
from soc.where import Exists

_FILE = "soc.file"  # the path that a row was read from, where that matters
_SINCE = "soc.since"  # of a file only the rows ingested from then on, where there is a time
_KEPT_BY = (INGESTED, RECORD_NUMBER, SOURCE_KEY)


class File(Protocol):
    """A Parquet file of the log; see ``soc.store.log``."""

    @property
    def path(self) -> Path: ...

    @property
    def version(self) -> int | None: ...

    @property
    def ingested_from(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Source:
    """Files to read and what they hold; ``soc.version`` is among it only where it is asked."""

    files: Sequence[File]
    relation: Relation
    is_uniform: bool  # every file has the same columns

    def table(self) -> str:
        """SQL of a relation with the columns as stored."""
        if not self.files:
            return "(SELECT NULL::BIGINT AS nothing WHERE FALSE)"
        paths = ", ".join(sql.string(str(file.path)) for file in self.files)
        options = "hive_partitioning=false" + ("" if self.is_uniform else ", union_by_name=true")
        is_late = any(file.ingested_from for file in self.files)
        if not is_late and VERSION not in self.relation.stored:
            return f"read_parquet([{paths}], {options})"
        read = f"read_parquet([{paths}], {options}, filename={sql.string(_FILE)})"
        since = sql.name(_SINCE)
        late = f"({since} IS NULL OR {sql.name(INGESTED)} >= {since})"
        known = ", ".join(map(_known, self.files))
        return (
            f"(SELECT * FROM {read} JOIN (VALUES {known})"
            f" v({sql.name(_FILE)}, {sql.name(VERSION)}, {since}) USING ({sql.name(_FILE)})"
            f" WHERE {late})"
        )


def _known(file: File) -> str:
    version = "NULL" if file.version is None else file.version
    since = "NULL" if file.ingested_from is None else sql.instant(file.ingested_from)
    return f"({sql.string(str(file.path))}, {version}::BIGINT, {since}::TIMESTAMPTZ)"


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL, and whether its rows are exactly those asked for."""

    text: str
    exact: bool


def column(name: str, kind: Type | None, relation: Relation) -> str:
    """A column of the answer; absent of its type where no file holds it."""
    if relation.has(name):
        return f"{relation.value(name)} AS {sql.name(name)}"
    return f"{sql.null(kind or Type.KEYWORD)} AS {sql.name(name)}"


def rows(query: Select, names: Iterable[str], source: Source) -> Statement:
    """The rows of a question with these columns; a limit only where the filter is exact.

    Raises:
        RuleError: a pattern is no RE2, or a network is none.
    """
    relation = source.relation
    where = compile(query.where, relation)
    wanted = ", ".join(column(name, relation.columns.type_of(name), relation) for name in names)
    text = f"SELECT {wanted} FROM {kept(query, where, source)}"
    if query.order:
        text += " ORDER BY " + _ordering(query.order, relation)
    if query.limit is not None and where.exact:
        text += f" LIMIT {query.limit}"
    return Statement(text, where.exact)


def kept(query: Select | Aggregate, where: Clause, source: Source) -> str:
    """FROM and WHERE: the period first, then the last of each key, then the filter."""
    relation = source.relation
    table = source.table()
    period = _during(query.period, relation)
    key = query.latest_by
    if key is None or not relation.has(key):
        return f"{table} WHERE {sql.joined([period, where.text], 'AND')}"
    order = ", ".join(f"{relation.value(n)} DESC NULLS LAST" for n in _KEPT_BY if relation.has(n))
    value = relation.value(key)
    last = f"row_number() OVER (PARTITION BY {value} ORDER BY {order or value}) = 1"
    return (
        f"(SELECT * FROM {table} WHERE {period} QUALIFY {value} IS NULL OR {last})"
        f" WHERE {where.text}"
    )


def _during(period: Period | None, relation: Relation) -> str:
    if period is None:
        return TRUE
    if not relation.has("@timestamp"):
        return "FALSE"
    at = relation.value("@timestamp")
    return f"({at} >= {sql.instant(period.start)} AND {at} < {sql.instant(period.end)})"


def _ordering(order: Sequence[Order], relation: Relation) -> str:
    by = (*order, Order(SOURCE_KEY), Order(RECORD_NUMBER))
    return (
        ", ".join(
            _sorted(one, relation.value(one.column)) for one in by if relation.has(one.column)
        )
        or "1"
    )


def _sorted(order: Order, value: str) -> str:
    return f"{value} {'DESC' if order.descending else 'ASC'} NULLS LAST"


def groups(query: Aggregate, types: Mapping[str, Type | None], source: Source) -> Statement:
    """The groups of a question; to be asked only where its filter is exact.

    ``having`` may be inexact: then there is no limit, and the evaluator decides.

    Raises:
        RuleError: a pattern is no RE2, or a network is none.
    """
    where = compile(query.where, source.relation)
    keys = [BUCKET] * (query.bucket is not None) + list(query.by)
    measures = [
        f"{_measure(m, types, source.relation)} AS {sql.name(m.name)}" for m in query.measures
    ]
    wanted = ", ".join(
        [*(f"{sql.name(_key(n))} AS {sql.name(name)}" for n, name in enumerate(keys)), *measures]
    )
    text = f"SELECT {wanted} FROM {_keyed(query, where, source)}"
    if keys:
        text += " GROUP BY " + ", ".join(sql.name(_key(n)) for n in range(len(keys)))
    having = compile(query.having, Relation(columns_of_result(types), frozenset(types)))
    order = ", ".join(_sorted(o, sql.name(o.column)) for o in (*query.order, *map(Order, keys)))
    text = f"SELECT * FROM ({text}) WHERE {having.text}" + (f" ORDER BY {order}" if order else "")
    if query.limit is not None and having.exact:
        text += f" LIMIT {query.limit}"
    return Statement(text, having.exact)


def _key(place: int) -> str:
    return f"soc.key.{place}"


def _keyed(query: Aggregate, where: Clause, source: Source) -> str:
    """Rows with one column for each part of the group's key; lists spread, one a level."""
    relation = source.relation
    text = kept(query, where, source)
    values = [] if query.bucket is None else [_bucket(query.bucket, relation)]
    values += [_spread(name, relation) for name in query.by]
    for place, value in enumerate(values):
        inner = text if place == 0 else f"({text})"
        text = f"SELECT *, {value} AS {sql.name(_key(place))} FROM {inner}"
    return f"({text})" if values else text


def _spread(name: str, relation: Relation) -> str:
    kind = relation.columns.type_of(name)
    is_list = kind is not None and kind.is_list
    if not relation.has(name):
        return sql.null(Type.KEYWORD if is_list or kind is None else kind)
    value = relation.value(name)
    if not is_list:
        return value
    return f"unnest(CASE WHEN list_count({value}) > 0 THEN list_distinct({value}) ELSE [NULL] END)"


def _bucket(bucket: Bucket, relation: Relation) -> str:
    """``soc._bins.begin`` in SQL."""
    if not relation.has(bucket.column):
        return sql.null(Type.DATE)
    at, zone = relation.value(bucket.column), sql.string(bucket.zone)
    day = f"timezone({zone}, {at})::DATE"
    days = bucket.width_s // _bins.DAY_S
    if days:
        monday = f"DATE '{_bins.MONDAY}'"
        passed = f"date_diff('day', {monday}, {day})"
        bins = f"floor({passed} / {days})::INTEGER"
        return f"timezone({zone}, ({monday} + {bins} * {days})::TIMESTAMP)"
    midnight = f"timezone({zone}, {day}::TIMESTAMP)"
    width_us = bucket.width_s * 1_000_000
    passed_us = f"greatest(0, epoch_us({at}) - epoch_us({midnight}))"
    return f"make_timestamptz(epoch_us({midnight}) + {passed_us} // {width_us} * {width_us})"


def _measure(measure: Measure, types: Mapping[str, Type | None], relation: Relation) -> str:
    if measure.column is None:
        return "count(*)"
    kind = relation.columns.type_of(measure.column)
    if not relation.has(measure.column) or kind is None:
        is_count = measure.function in ("count", "distinct")
        return "0::BIGINT" if is_count else sql.null(types[measure.name] or Type.DOUBLE)
    value = relation.value(measure.column)
    if measure.function == "count":
        there = compile(Exists(measure.column), relation).text
        return f"count(*) FILTER ({there})"
    if kind is Type.DOUBLE:
        value = f"CASE WHEN isfinite({value}) THEN {value} END"
    if measure.function == "distinct":
        return _distinct(value, kind, measure.approximate)
    return _number(measure, value, kind)


def _distinct(value: str, kind: Type, approximate: bool) -> str:
    if kind.is_list:
        return f"coalesce(list_unique(flatten(list(DISTINCT {value}))), 0)::BIGINT"
    return f"approx_count_distinct({value})" if approximate else f"count(DISTINCT {value})"


def _number(measure: Measure, value: str, kind: Type) -> str:
    match measure.function:
        case "sum":
            return f"fsum({value})" if kind is Type.DOUBLE else f"sum({value})::BIGINT"
        case "average":
            return f"avg({value})::DOUBLE"
        case "percentile" if measure.approximate:
            return f"approx_quantile({value}, {measure.fraction!r})::DOUBLE"
        case "percentile":
            return f"quantile_cont({value}::DOUBLE, {measure.fraction!r})::DOUBLE"
        case _:
            return f"{measure.function}({value})"

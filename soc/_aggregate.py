"""``Select`` and ``Aggregate`` over Python mappings: the reference of what they mean.

Rows outside the period are left out first (an absent time lies in no period), then of the
rows with one ``latest_by`` value all but the last appended (by ``event.ingested``, then
``soc.record``; rows without a value stay), and only then ``where`` decides: an outdated row
never comes back because the newer one does not match. The window is the caller's affair.
Rows that the order leaves equal come by ``event.id``, groups by bucket and ``by`` columns.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any

from soc import _bins, _result
from soc._columns import INGESTED, RECORD_NUMBER, SOURCE_KEY, Columns, question
from soc._evaluate import Event, elements, predicate, reader, values
from soc.errors import StoreError
from soc.query import Aggregate, Bucket, Measure, Order, Period, Select
from soc.schema import Type

Row = dict[str, Any]
INT64_MAX = (1 << 63) - 1

_APPENDED = (INGESTED, RECORD_NUMBER, SOURCE_KEY)
_BY_ID = (Order(SOURCE_KEY), Order(RECORD_NUMBER))


def select(query: Select, rows: Iterable[Event]) -> Iterator[Row]:
    """The rows asked for, with the columns asked for; streamed where there is no order.

    Raises:
        StoreError: a question that cannot be asked.
        RuleError: a pattern is no RE2, or a network is none.
    """
    types = _result.select(query)
    columns = question(query.dataset)
    found = _kept(query, rows, columns)
    if query.order:
        found = iter(_ordered(list(found), (*query.order, *_BY_ID), columns))
    taken = islice(found, query.limit)
    if not types and columns.is_open:
        return (dict(row) for row in taken)
    readers = {name: reader(name, columns) for name in types}
    return ({name: read(row) for name, read in readers.items()} for row in taken)


def aggregate(query: Aggregate, rows: Iterable[Event]) -> list[Row]:
    """One row a group: ``bucket`` (if asked), the ``by`` columns, then the measures.

    Without bucket and ``by`` there is one group, also of no rows.

    Raises:
        StoreError: a question that cannot be asked, or a sum beyond 64 bits.
        RuleError: a pattern is no RE2, or a network is none.
    """
    types = _result.aggregate(query)
    columns = question(query.dataset)
    groups = _grouped(query, _kept(query, rows, columns), columns)
    found = [dict(zip(types, (*key, *map(_Tally.result, g)), strict=True)) for key, g in groups]
    return finished(query, found)


def finished(query: Aggregate, rows: list[Row]) -> list[Row]:
    """Groups narrowed by ``having``, ordered, cut to the limit."""
    columns = _result.columns_of_result(_result.aggregate(query))
    holds = predicate(query.having, columns)
    keys = [_result.BUCKET] * (query.bucket is not None) + list(query.by)
    order = (*query.order, *map(Order, keys))
    return _ordered([row for row in rows if holds(row)], order, columns)[: query.limit]


def _kept(query: Select | Aggregate, rows: Iterable[Event], columns: Columns) -> Iterator[Event]:
    if query.period is not None:
        rows = _within(query.period, rows, columns)
    if query.latest_by is not None:
        rows = _latest(query.latest_by, rows, columns)
    return filter(predicate(query.where, columns), rows)


def _within(period: Period, rows: Iterable[Event], columns: Columns) -> Iterator[Event]:
    times = values("@timestamp", columns)
    return (row for row in rows if any(period.start <= at < period.end for at in times(row)))


def _latest(name: str, rows: Iterable[Event], columns: Columns) -> list[Event]:
    key, parts = values(name, columns), [values(part, columns) for part in _APPENDED]

    def appended(row: Event) -> tuple[tuple[bool, Any], ...]:
        return tuple((bool(found), found[0] if found else 0) for p in parts for found in [p(row)])

    newest: dict[Any, Event] = {}
    for place, row in enumerate(rows):
        found = key(row)
        mark = (True, found[0]) if found else (False, place)
        if mark not in newest or appended(row) >= appended(newest[mark]):
            newest[mark] = row
    return list(newest.values())


def _ordered(rows: Sequence[Any], order: Sequence[Order], columns: Columns) -> list[Any]:
    """Sorted by several columns, absent values last either way."""
    found = list(rows)
    for one in reversed(order):
        first = _first(one.column, columns)
        there = [row for row in found if first(row) is not None]
        absent = [row for row in found if first(row) is None]
        try:
            found = sorted(there, key=first, reverse=one.descending) + absent
        except TypeError as mixed:
            raise StoreError(f"order: {one.column}: holds values of several sorts") from mixed
    return found


def _first(name: str, columns: Columns) -> Callable[[Event], Any]:
    read = values(name, columns)
    return lambda row: next(iter(read(row)), None)


@dataclass(slots=True)
class _Tally:
    """One measure of one group while rows come in."""

    measure: Measure
    rows: int = 0
    kept: list[Any] = field(default_factory=list)
    seen: set[Any] = field(default_factory=set)

    def add(self, found: list[Any] | None) -> None:
        """One row, with what its column holds; None where the measure has no column."""
        if found is None or found:
            self.rows += 1
        match self.measure.function:
            case "distinct":
                self.seen.update(found or ())
            case "min" | "max":
                self.kept = [self._best([*self.kept, *(found or ())])] if found else self.kept
            case "sum" | "average" | "percentile":
                self.kept.extend(v for v in found or () if not isinstance(v, bool | str))

    def _best(self, found: list[Any]) -> Any:
        try:
            return min(found) if self.measure.function == "min" else max(found)
        except TypeError as mixed:
            column = self.measure.column
            raise StoreError(f"measures: {column}: holds values of several sorts") from mixed

    def result(self) -> Any:
        """The number of the group."""
        match self.measure.function:
            case "count":
                return self.rows
            case "distinct":
                return len(self.seen)
            case _ if not self.kept:
                return None
            case "min" | "max":
                return self.kept[0]
            case "sum":
                return _sum(self.kept, str(self.measure.column))
            case "average":
                return math.fsum(self.kept) / len(self.kept)
            case _:
                return percentile(sorted(self.kept), self.measure.fraction)


def _sum(found: list[Any], column: str) -> int | float:
    if any(isinstance(value, float) for value in found):
        return math.fsum(found)
    total = sum(found)
    if not -INT64_MAX - 1 <= total <= INT64_MAX:
        raise StoreError(f"measures: {column}: the sum exceeds 64 bits: ask a shorter period")
    return int(total)


def percentile(found: Sequence[Any], fraction: float) -> float:
    """Of sorted numbers, at least one: linear interpolation between the two nearest ranks."""
    place = (len(found) - 1) * fraction
    low, high = math.floor(place), math.ceil(place)
    return float(found[low] + (found[high] - found[low]) * (place - low))


Key = tuple[Any, ...]


def _grouped(
    query: Aggregate, rows: Iterable[Event], columns: Columns
) -> Iterable[tuple[Key, list[_Tally]]]:
    parts = _parts(query, columns)
    columns_read = [_measured(measure, columns) for measure in query.measures]
    groups: dict[Key, list[_Tally]] = {}
    if not parts:
        groups[()] = [_Tally(measure) for measure in query.measures]
    for row in rows:
        found = [read(row) for read in columns_read]
        for key in product(*(part(row) for part in parts)):
            tallies = groups.get(key)
            if tallies is None:
                tallies = groups[key] = [_Tally(measure) for measure in query.measures]
            for tally, value in zip(tallies, found, strict=True):
                tally.add(value)
    return groups.items()


def _parts(query: Aggregate, columns: Columns) -> list[Callable[[Event], Iterable[Any]]]:
    """For each part of a group's key the values that a row counts under; absent is None."""
    parts = [_distinct(values(name, columns)) for name in query.by]
    if query.bucket is not None:
        parts.insert(0, _binned(query.bucket, columns))
    return parts


def _distinct(read: Callable[[Event], list[Any]]) -> Callable[[Event], Iterable[Any]]:
    return lambda row: dict.fromkeys(read(row)) or (None,)


def _binned(bucket: Bucket, columns: Columns) -> Callable[[Event], Iterable[Any]]:
    times = values(bucket.column, columns)
    return lambda row: [_bins.begin(at, bucket) for at in times(row)] or (None,)


def _measured(measure: Measure, columns: Columns) -> Callable[[Event], list[Any] | None]:
    if measure.column is None:
        return lambda _row: None
    if measure.function == "count":
        read = reader(measure.column, columns)
        return lambda row: list(elements(read(row)))
    found = values(measure.column, columns)
    if columns.type_of(measure.column) is Type.DOUBLE:
        return lambda row: [float(value) for value in found(row)]
    return found

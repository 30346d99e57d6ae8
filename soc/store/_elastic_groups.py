"""Aggregates that the server can give exactly, as composite pages.

The server counts in doubles and bins in milliseconds with a fixed offset: what would not be
exact so is counted on our side (``soc.store.elastic``). Distinct values and percentiles are
read as the values themselves with how often they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from soc import _aggregate, _bins
from soc._columns import EVENT_ID, Columns
from soc.query import Aggregate, Bucket, Measure
from soc.schema import Type
from soc.store import _elastic_clause as dsl
from soc.store._elastic_clause import Query
from soc.store._elastic_pages import Pages

Key = tuple[Any, ...]
Row = dict[str, Any]
Facts = Mapping[str, Any]

WHOLE = 1 << 53  # whole numbers up to here are exact in a double
_SAFE = WHOLE >> 1  # of a sum that was itself made of doubles
_LONGEST_DAYS = 40_000  # of bins in a zone whose offset is looked through
_TEXTS = (Type.KEYWORD, Type.TEXT)
_WHOLE_TYPES = (Type.INTEGER, Type.LONG)
_GROUPED = (*_TEXTS, Type.KEYWORDS, Type.IP, Type.IPS, *_WHOLE_TYPES, Type.BOOLEAN, Type.DOUBLE)
_SORTED = (*_TEXTS, Type.DATE, Type.BOOLEAN)  # least and greatest by sorting


def can_ask(query: Aggregate, columns: Columns) -> bool:
    """True where the server gives the numbers of the question, if its facts allow it."""
    if query.latest_by is not None or not all(_is_grouped(n, columns) for n in query.by):
        return False
    return all(_can_measure(measure, columns) for measure in query.measures)


def _is_grouped(name: str, columns: Columns) -> bool:
    return name != EVENT_ID and columns.types.get(name) in _GROUPED


def _can_measure(measure: Measure, columns: Columns) -> bool:
    name = measure.column
    if name is None:
        return True
    kind = columns.types.get(name)
    if kind is None or kind is Type.TWIN or name == EVENT_ID:
        return False
    match measure.function:
        case "count":
            return True
        case "distinct":
            return kind in _GROUPED
        case "min" | "max":
            return kind.is_number or kind in _SORTED
        case _:
            return kind.is_number


def names(query: Aggregate) -> list[str]:
    """The columns that groups and numbers are made of."""
    found = [*query.by, *(m.column for m in query.measures if m.column is not None)]
    return found + ([] if query.bucket is None else [query.bucket.column])


def facts_asked(query: Aggregate, columns: Columns, odd: Query) -> Row:
    """Aggregations that tell whether the server's numbers will be exact."""
    found: Row = {"odd": {"filter": odd}}
    for place, measure in enumerate(query.measures):
        if measure.column is not None and columns.types[measure.column] is Type.LONG:
            found[f"stats{place}"] = {"stats": {"field": measure.column}}
    if query.bucket is not None:
        column = query.bucket.column
        found |= {"first": {"min": {"field": column}}, "last": {"max": {"field": column}}}
    return found


def are_exact(facts: Facts, query: Aggregate) -> bool:
    """True where the facts allow the server to count."""
    if not facts:
        return True  # nothing was ever written
    if facts["odd"]["doc_count"]:
        return False
    if not all(_is_small(facts.get(f"stats{n}"), m) for n, m in enumerate(query.measures)):
        return False
    return query.bucket is None or offset_s(facts, query.bucket) is not None


def _is_small(stats: Mapping[str, Any] | None, measure: Measure) -> bool:
    """True where every number of the measure is exact in a double."""
    if not stats or not stats["count"] or measure.function in ("count", "distinct", "percentile"):
        return True
    largest = max(abs(stats["min"]), abs(stats["max"]))
    if measure.function in ("min", "max"):
        return bool(largest < WHOLE)
    total = stats["sum"] if stats["min"] >= 0 else largest * stats["count"]
    return bool(total < _SAFE)


def offset_s(facts: Facts, bucket: Bucket) -> int | None:
    """Where the bins begin, in seconds after the epoch; None where they are not evenly spaced."""
    if bucket.width_s < _bins.DAY_S and _bins.DAY_S % bucket.width_s:
        return None
    first, last = facts["first"].get("value"), facts["last"].get("value")
    if first is None:
        return 0
    east_s = _east_s(bucket.zone, _time(first), _time(last))
    monday_s = (_bins.MONDAY.toordinal() - datetime(1970, 1, 1).toordinal()) * _bins.DAY_S  # noqa: DTZ001 - a number of days
    return None if east_s is None else (monday_s - east_s) % bucket.width_s


def _east_s(zone: str, first: datetime, last: datetime) -> int | None:
    """The zone's offset where it is the same from the day before the first to the last time."""
    days = (last - first).days + 3
    if days > _LONGEST_DAYS:
        return None
    place, start = ZoneInfo(zone), first - timedelta(days=1)
    found = {(start + timedelta(days=n)).astimezone(place).utcoffset() for n in range(days)}
    offset = found.pop()
    return None if found or offset is None else int(offset.total_seconds())


def _time(ms: float) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question put to the pages of a stream, with a filter that is exact."""

    pages: Pages
    query: Query
    question: Aggregate
    columns: Columns
    facts: Facts

    def rows(self) -> list[Row]:
        """The groups, before ``having``, order and limit."""
        plain = [m for m in self.question.measures if not _is_read(m)]
        found = {key: dict(row) for key, row in self._plain(plain)}
        for measure in self.question.measures:
            if _is_read(measure):
                self._read(measure, found)
        order = [measure.name for measure in self.question.measures]
        keys = self._key_names()
        return [
            dict(zip(keys, key, strict=True)) | {name: row[name] for name in order}
            for key, row in found.items()
        ]

    def _key_names(self) -> list[str]:
        return ["bucket"] * (self.question.bucket is not None) + list(self.question.by)

    def _plain(self, measures: Sequence[Measure]) -> Iterator[tuple[Key, Row]]:
        """Numbers that the server gives of each group."""
        asked = {m.name: _aggregation(m, self.columns) for m in measures if m.column is not None}
        aggs = {f"m{place}": agg for place, agg in enumerate(asked.values())}
        places = {name: f"m{place}" for place, name in enumerate(asked)}

        def row(group: Mapping[str, Any]) -> Row:
            return {
                m.name: group["doc_count"]
                if m.column is None
                else _number(m, self.columns.types[m.column], group[places[m.name]])
                for m in measures
            }

        if not self._key_names():
            yield (), row(self._whole(aggs)) if self.facts else {m.name: _none(m) for m in measures}
            return
        for group in self.pages.groups(self.query, self._sources(), aggs):
            yield self._key(group), row(group)

    def _whole(self, aggs: Row) -> Mapping[str, Any]:
        whole = {"all": {"filter": dsl.TRUE, **({"aggs": aggs} if aggs else {})}}
        answer = self.pages.search(query=self.query, aggs=whole, size=0)
        found: Mapping[str, Any] = answer["aggregations"]["all"]
        return found

    def _sources(self) -> list[Row]:
        found: list[Row] = []
        bucket = self.question.bucket
        if bucket is not None:
            start = offset_s(self.facts, bucket) if self.facts else 0
            bins = {"fixed_interval": f"{bucket.width_s}s", "offset": f"{start}s"}
            column = {"field": bucket.column, "missing_bucket": True}
            found.append({"bucket": {"date_histogram": column | bins}})
        for place, name in enumerate(self.question.by):
            found.append({f"k{place}": {"terms": {"field": name, "missing_bucket": True}}})
        return found

    def _key(self, group: Mapping[str, Any]) -> Key:
        key = dict(group["key"])
        if self.question.bucket is None:
            return tuple(key[f"k{n}"] for n in range(len(self.question.by)))
        ms = key["bucket"]
        begin = None if ms is None else _time(ms)
        return (begin, *(key[f"k{n}"] for n in range(len(self.question.by))))

    def _read(self, measure: Measure, found: dict[Key, Row]) -> None:
        """A measure made of the values themselves, with how often each comes."""
        values: dict[Key, list[tuple[Any, int]]] = {}
        source = {"v": {"terms": {"field": measure.column}}}
        for group in self.pages.groups(self.query, [*self._sources(), source], {}):
            pair = (group["key"]["v"], group["doc_count"])
            values.setdefault(self._key(group), []).append(pair)
        for key, row in found.items():
            row[measure.name] = _made(measure, values.get(key, []))


def _is_read(measure: Measure) -> bool:
    return measure.function in ("distinct", "percentile") and not measure.approximate


def _made(measure: Measure, values: list[tuple[Any, int]]) -> float | None:
    """A number of values that come several times."""
    if measure.function == "distinct":
        return len(values)
    return _aggregate.percentile(_Spread(sorted(values)), measure.fraction) if values else None


class _Spread(Sequence[Any]):
    """Sorted values as if each stood as often as it comes."""

    def __init__(self, pairs: list[tuple[Any, int]]) -> None:
        self._pairs = pairs
        self._count = sum(times for _, times in pairs)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: Any) -> Any:
        for value, times in self._pairs:
            if place < times:
                return value
            place -= times
        raise IndexError(place)


def _aggregation(measure: Measure, columns: Columns) -> Row:
    name = str(measure.column)
    kind = columns.types[name]
    match measure.function:
        case "count":
            return {"filter": dsl.exists(name)}
        case "distinct":
            return {"cardinality": {"field": name}}
        case "percentile":
            return {"percentiles": {"field": name, "percents": [measure.fraction * 100]}}
        case "min" | "max" if kind in _SORTED:
            way = "asc" if measure.function == "min" else "desc"
            top = {"size": 1, "_source": False, "sort": [{name: {"order": way}}]}
            return {"filter": dsl.exists(name), "aggs": {"top": {"top_hits": top}}}
        case _:
            return {"stats": {"field": name}}


def _number(measure: Measure, kind: Type, answer: Mapping[str, Any]) -> Any:
    match measure.function:
        case "count":
            return answer["doc_count"]
        case "distinct":
            return answer["value"]
        case "percentile":
            return next(iter(answer["values"].values()))
        case "min" | "max" if kind in _SORTED:
            return _top(kind, answer)
        case _ if not answer["count"]:
            return None
    value = answer["avg" if measure.function == "average" else measure.function]
    is_whole = kind in _WHOLE_TYPES and measure.function != "average"
    return round(value) if is_whole else value


def _top(kind: Type, answer: Mapping[str, Any]) -> Any:
    if not answer["doc_count"]:
        return None
    value = answer["top"]["hits"]["hits"][0]["sort"][0]
    return _SORT[kind](value)


def _moment(ns: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ns // 1000)


_SORT: Mapping[Type, Callable[[Any], Any]] = {
    Type.KEYWORD: str,
    Type.TEXT: str,
    Type.DATE: _moment,
    Type.BOOLEAN: bool,
}


def _none(measure: Measure) -> int | None:
    """A measure of no rows."""
    return 0 if measure.function in ("count", "distinct") else None

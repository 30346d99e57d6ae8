"""Episodes: merged windows in which one group met enough distinct members.

Time is cut into bins of half a timespan; two bins are a window. A window that holds enough
distinct members counts, windows no more than a timespan apart are one episode. What an episode
is depends on the rows alone, not on the order in which they came or on who asked when.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from soc.errors import InputError
from soc.net import address
from soc.query import Aggregate, Bucket, Measure, Period
from soc.where import All, Equals, In, Range, Where

if TYPE_CHECKING:
    from detections._behaviour import Reading
    from soc.context import Context

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_APART = 4  # bins from the begin of a window to that of the next: two are itself, two the gap
LONGEST = timedelta(days=7)  # an episode is followed no further to either side
_CHUNK = 500  # addresses that one question names


@dataclass(frozen=True, slots=True)
class Watch:
    """What is watched for: rows, by group, with so many distinct members in a timespan."""

    dataset: str
    where: Where
    group: tuple[str, ...]  # columns; source.ip is among them
    member: str  # column
    least: int
    timespan_s: int

    @property
    def bin_s(self) -> int:
        """Half of the timespan; a day is a whole number of them."""
        return self.timespan_s // 2


@dataclass(frozen=True, slots=True)
class Seen:
    """Rows of one group and member in one bin."""

    rows: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Episode:
    """A group in its episode."""

    group: Mapping[str, Any]
    start: datetime
    end: datetime
    members: tuple[Any, ...]
    rows: int

    @property
    def minutes(self) -> int:
        """Length in minutes, at least 1."""
        return max(1, round((self.end - self.start).total_seconds() / 60))


Bins = dict[int, dict[Any, Seen]]  # bin -> member -> what was seen
Span = tuple[int, int]  # first and last bin, both included
Key = tuple[Any, ...]


def runs(bins: Mapping[int, Iterable[Any]], least: int) -> list[Span]:
    """First and last bin of each episode, in order; bins without members are cut off."""
    found: list[Span] = []
    last = -(10**9)
    for begin in sorted({number - back for number in bins for back in (0, 1)}):
        members = {*bins.get(begin, ()), *bins.get(begin + 1, ())}
        if len(members) < least:
            continue
        if begin - last <= _APART:
            found[-1] = (found[-1][0], begin + 1)
        else:
            found.append((begin, begin + 1))
        last = begin
    return [_trimmed(bins, span) for span in found]


def _trimmed(bins: Mapping[int, Iterable[Any]], span: Span) -> Span:
    filled = [number for number in range(span[0], span[1] + 1) if bins.get(number)]
    return filled[0], filled[-1]


def episodes(
    reading: Reading, watch: Watch, context: Context, also: Iterable[datetime] = ()
) -> Iterator[Episode]:
    """Every episode near the new rows, or near the times given, whole: by group, then time."""
    touched = _touched(reading, watch, context)
    touched |= {_number(at, watch) for at in also}
    for span in _joined(touched):
        for key, bins in sorted(_candidates(span, watch, context).items(), key=_order):
            whole = _whole(key, span, bins, watch, context)
            for run in runs(whole, watch.least):
                yield _episode(key, run, whole, watch)


def _order(item: tuple[Key, Bins]) -> tuple[str, ...]:
    return tuple(map(str, item[0]))


def _touched(reading: Reading, watch: Watch, context: Context) -> set[int]:
    query = Aggregate(
        watch.dataset,
        (Measure("n", "count"),),
        bucket=Bucket(watch.bin_s),
        where=watch.where,
        window=reading.window,
    )
    rows = context.engine.aggregate(query).to_pylist()
    return {_number(row["bucket"], watch) for row in rows if row["bucket"]}


def _joined(touched: Iterable[int]) -> list[Span]:
    """The bins as spans with what may belong to the same window or episode beside them."""
    spans: list[Span] = []
    for number in sorted(touched):
        if spans and number - _APART <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], number + _APART)
        else:
            spans.append((number - _APART, number + _APART))
    return spans


def _candidates(span: Span, watch: Watch, context: Context) -> dict[Key, Bins]:
    """Groups that may have an episode in the span: one of two bins holds half of the members."""
    query = Aggregate(
        watch.dataset,
        (Measure("n", "distinct", watch.member),),
        by=watch.group,
        bucket=Bucket(watch.bin_s),
        where=watch.where,
        period=_period(span, watch),
        having=Range("n", low=(watch.least + 1) // 2),
    )
    rows = context.engine.aggregate(query).to_pylist()
    keys = {_key(row, watch) for row in rows if None not in _key(row, watch)}
    return _bins(keys, span, watch, context) if keys else {}


def _bins(keys: set[Key], span: Span, watch: Watch, context: Context) -> dict[Key, Bins]:
    found: dict[Key, Bins] = {key: {} for key in keys}
    place = watch.group.index("source.ip")
    sources = sorted({str(key[place]) for key in keys})
    for start in range(0, len(sources), _CHUNK):
        chosen = In("source.ip", tuple(sources[start : start + _CHUNK]))
        for row in _rows(All((watch.where, chosen)), span, watch, context):
            if (key := _key(row, watch)) in found:
                seen = Seen(row["n"], row["first"], row["last"])
                bins = found[key].setdefault(_number(row["bucket"], watch), {})
                bins[row[watch.member]] = seen
    return found


def _rows(where: Where, span: Span, watch: Watch, context: Context) -> list[dict[str, Any]]:
    query = Aggregate(
        watch.dataset,
        (
            Measure("n", "count"),
            Measure("first", "min", "@timestamp"),
            Measure("last", "max", "@timestamp"),
        ),
        by=(*watch.group, watch.member),
        bucket=Bucket(watch.bin_s),
        where=where,
        period=_period(span, watch),
    )
    rows: list[dict[str, Any]] = context.engine.aggregate(query).to_pylist()
    return rows


def _whole(key: Key, span: Span, bins: Bins, watch: Watch, context: Context) -> Bins:
    """The bins of the group with what lies beyond the span, as far as its episodes reach."""
    reach = int(LONGEST.total_seconds()) // watch.bin_s
    low, high = span
    step = max(2 * _APART, high - low)
    while True:
        found = runs(bins, watch.least)
        wants_low = bool(found) and found[0][0] <= low + _APART and low > span[0] - reach
        wants_high = bool(found) and found[-1][1] >= high - _APART and high < span[1] + reach
        if not wants_low and not wants_high:
            return bins
        low, high = low - step * wants_low, high + step * wants_high
        bins = _bins({key}, (low, high), watch, context)[key]
        step *= 2


def _episode(key: Key, run: Span, bins: Bins, watch: Watch) -> Episode:
    inside = [bins[number] for number in range(run[0], run[1] + 1) if number in bins]
    seen = [one for members in inside for one in members.values()]
    members = {member for found in inside for member in found}
    return Episode(
        group=dict(zip(watch.group, key, strict=True)),
        start=min(one.first for one in seen),
        end=max(one.last for one in seen),
        members=tuple(sorted(members, key=_place)),
        rows=sum(one.rows for one in seen),
    )


def _place(member: Any) -> tuple[int, str]:
    """Numbers and addresses in the order of their values, other texts after them."""
    if isinstance(member, int):
        return member, ""
    try:
        return address(str(member)).value, ""
    except InputError:
        return 1 << 128, str(member)


def rows_of(episode: Episode, where: Where) -> Where:
    """The rows of the group of an episode, among those of a filter."""
    named = tuple(Equals(name, value) for name, value in episode.group.items())
    return All((where, *named))


def _key(row: Mapping[str, Any], watch: Watch) -> Key:
    return tuple(row[name] for name in watch.group)


def _number(at: datetime, watch: Watch) -> int:
    return (at - _EPOCH) // timedelta(seconds=watch.bin_s)


def _period(span: Span, watch: Watch) -> Period:
    start = _EPOCH + timedelta(seconds=span[0] * watch.bin_s)
    return Period(start, _EPOCH + timedelta(seconds=(span[1] + 1) * watch.bin_s))

"""The job that makes daily facts: ``usage`` of endpoints and ``figure`` of metrics.

It makes them for the days into which rows fell since it last ran, however late, and for the
days since then, quiet ones too. What it makes again counts in place of what it made before.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from detections import _match
from detections._rollup_figures import figure_rows
from detections._rollup_usage import usage_rows
from soc import schema
from soc.batch import Batch
from soc.jobs import Outcome
from soc.query import Aggregate, Bucket, Measure, Window
from soc.readable import insist, readable
from soc.where import In

if TYPE_CHECKING:
    from detections import RollupParams
    from soc.context import Context
    from soc.query import Marks

log = logging.getLogger(__name__)

READER = "rollup"
FACTS = ("usage", "figure")
CLOCK = "clock"  # mark: when it last ran, seconds of UTC
_READ = ("flow", "dns", "http", "tls", "alert", "firewall", "auth", "scan", "health", "match")
_ROWS = 2_000_000  # of flows that are counted in one go
_DAYS = 31
_CHUNK = 100_000  # rows of one append


@dataclass(frozen=True, slots=True)
class Touched:
    """Days to be made again, oldest first, and how many rows of each dataset they hold."""

    days: tuple[date, ...]
    rows: Mapping[date, Mapping[str, int]]


def rollup(params: RollupParams, context: Context) -> Outcome:
    """Make the facts of every day that changed, then move the mark."""
    records, origins = context.store.records, params.origins
    insist(FACTS, context)  # facts of parts that are gone are told by what stood before
    reader = " ".join([READER, *origins])
    before = records.watermark(reader)
    windows = {name: _window(name, before, context) for name in _READ}
    touched = _touched(windows, before, params, context)
    counts = {"days": len(touched.days), "usage": 0, "figures": 0}
    with context.progress.task(READER, len(touched.days)) as task:
        for days in _pieces(touched):
            counts["usage"] += _append("usage", usage_rows(days, origins, context), context)
            rows = figure_rows(days, touched.rows, origins, context)
            counts["figures"] += _append("figure", rows, context)
            task.advance(len(days))
    records.conclude(reader, before, _marks(windows, context), ())
    readable(FACTS, context)
    log.info("rolled up", extra={"soc.counts": counts})
    value = {**counts, "dates": [day.isoformat() for day in touched.days]}
    return Outcome("done", counts, value=value)


def _window(dataset: str, before: Marks, context: Context) -> Window:
    prefix = f"{dataset}@"
    mine = {k.removeprefix(prefix): v for k, v in before.items() if k.startswith(prefix)}
    return context.engine.window(dataset, mine)


def _marks(windows: Mapping[str, Window], context: Context) -> dict[str, int]:
    marks = {
        f"{name}@{origin}": version
        for name, window in windows.items()
        for origin, version in window.upto.items()
    }
    return marks | {CLOCK: int(context.clock.now().timestamp())}


def _touched(
    windows: Mapping[str, Window], before: Marks, params: RollupParams, context: Context
) -> Touched:
    """Days with new rows, those since the last run, and those that were asked for by date."""
    calendar = context.calendar
    today = calendar.date_of(context.clock.now())
    first = today
    if CLOCK in before:
        first = calendar.date_of(datetime.fromtimestamp(before[CLOCK], UTC))
    first = min([first, *([params.since] if params.since else [])])
    days = {first + timedelta(days=n) for n in range((today - first).days + 1)}
    for name, window in windows.items():
        days |= _days(name, context, window=window).keys()
    kept = tuple(sorted(day for day in days if day <= today))
    return Touched(kept, _held(kept, params.origins, context))


def _held(
    days: Sequence[date], origins: tuple[str, ...], context: Context
) -> dict[date, dict[str, int]]:
    """Rows of each dataset on each of the days, those of the origins that count."""
    found: dict[date, dict[str, int]] = {day: {} for day in days}
    for name in _READ:
        period = context.calendar.days(days[0], days[-1])
        counted = _days(name, context, period=period, where=In("soc.origin", origins))
        for day, rows in counted.items():
            if day in found:
                found[day][name] = rows
    return found


def _days(dataset: str, context: Context, **asked: Any) -> dict[date, int]:
    """Rows by day of the site."""
    bucket = Bucket(86_400, zone=context.config.site.time_zone)
    query = Aggregate(dataset, (Measure("n", "count"),), bucket=bucket, **asked)
    rows = context.engine.aggregate(query).to_pylist()
    return {context.calendar.date_of(r["bucket"]): r["n"] for r in rows if r["bucket"]}


def _pieces(touched: Touched) -> Iterator[list[date]]:
    """Runs of days that adjoin, none with more flows than can be counted at once."""
    piece: list[date] = []
    flows = 0
    for day in touched.days:
        more = touched.rows[day].get("flow", 0)
        is_apart = bool(piece) and day - piece[-1] != timedelta(days=1)
        if piece and (is_apart or len(piece) >= _DAYS or flows + more > _ROWS):
            yield piece
            piece, flows = [], 0
        piece.append(day)
        flows += more
    if piece:
        yield piece


def _append(dataset: str, rows: Iterable[Mapping[str, Any]], context: Context) -> int:
    """The rows as new versions of their keys; how many were stored."""
    import pyarrow as pa

    held = list(rows)
    source = _match.source_key("rollup", dataset)
    known, stored = schema.arrow(dataset), 0
    for start in range(0, len(held), _CHUNK):
        first = context.store.log.position(source, dataset) + 1
        part = held[start : start + _CHUNK]
        numbered = [{**row, "soc.record": first + n} for n, row in enumerate(part)]
        names = {name for row in numbered for name in row}
        fields = [known.field(name) for name in known.names if name in names]
        batch = pa.RecordBatch.from_pylist(numbered, schema=pa.schema(fields))
        stored += context.store.log.append([Batch(source, dataset, batch)]).stored
    return stored

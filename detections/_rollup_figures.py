"""Figures of a day: every metric that is counted in the log, as a whole and by its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from soc import metrics
from soc.metrics import Metric, Number
from soc.metrics.figures import DIMENSIONS, key
from soc.query import Select
from soc.where import All, Equals, In, Not

if TYPE_CHECKING:
    from soc.context import Context
    from soc.metrics import Question

Held = Mapping[date, Mapping[str, int]]  # rows of each dataset on each day


def figure_rows(
    days: Sequence[date], held: Held, origins: tuple[str, ...], context: Context
) -> Iterator[dict[str, Any]]:
    """One row a metric, day and member; members that a day no longer has become nought."""
    before = _standing(days, origins, context)
    counted = [each for each in metrics.metrics().values() if each.datasets]
    for day in days:
        asked = metrics.question(context.calendar.day(day), context, _now(day, context), origins)
        made = [
            row
            for metric in counted
            for row in _metric(metric, day, held.get(day, {}), asked, origins)
        ]
        yield from made
        keys = {row["soc.figure.key"] for row in made}
        for name, row in before.items():
            if row["soc.figure.day"] == day.isoformat() and name not in keys:
                yield {**row, "soc.figure.value": 0.0}


def _now(day: date, context: Context) -> Any:
    """For a day that is not over, now: what is still to come is no gap."""
    now = context.clock.now()
    return now if now < context.calendar.day(day).end else None


def _metric(
    metric: Metric, day: date, held: Mapping[str, int], asked: Question, origins: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    if "health" not in metric.datasets and not any(held.get(name) for name in metric.datasets):
        yield _row(metric, day, _nought(metric, asked), "all", origins)
        return
    yield _row(metric, day, metrics.number(metric.id, asked), "all", origins)
    for dimension in DIMENSIONS[1:]:
        if dimension in metric.parts:
            for part in metrics.breakdown(metric.id, dimension, asked):
                yield _row(metric, day, part, dimension, origins)


def _nought(metric: Metric, asked: Question) -> Number:
    """Without rows a count is nought where its sources lived, and unknown where they did not."""
    coverage = metric.coverage(asked)
    value = 0.0 if coverage and metric.unit != "share" else None
    return Number(metric.id, value, coverage, asked.period, asked.watermark(metric))


def _row(
    metric: Metric, day: date, number: Number, dimension: str, origins: tuple[str, ...]
) -> dict[str, Any]:
    origin = "live" if "live" in origins else origins[0]
    marks = [mark for found in number.watermark.values() for mark in found.values()]
    return {
        "@timestamp": number.period.start,
        "event.module": "rollup",
        "soc.origin": origin,
        "soc.figure.key": key(metric.id, day, dimension, number.member, origin),
        "soc.figure.metric": metric.id,
        "soc.figure.day": day.isoformat(),
        "soc.figure.dimension": dimension,
        "soc.figure.member": number.member,
        "soc.figure.value": None if number.value is None else float(number.value),
        "soc.figure.coverage": number.coverage,
        "soc.figure.rule": f"{metric.id}/{metric.version}",
        "soc.figure.watermark": max(marks, default=None),
    }


_COLUMNS = (
    "@timestamp",
    "event.module",
    "soc.origin",
    *(
        f"soc.figure.{name}"
        for name in (
            "key",
            "metric",
            "day",
            "dimension",
            "member",
            "value",
            "coverage",
            "rule",
            "watermark",
        )
    ),
)


def _standing(
    days: Sequence[date], origins: tuple[str, ...], context: Context
) -> dict[str, dict[str, Any]]:
    """Members of parts as they stand for these days, by key."""
    origin = "live" if "live" in origins else origins[0]
    where = All(
        (
            Equals("soc.origin", origin),
            In("soc.figure.day", tuple(day.isoformat() for day in days)),
            Not(Equals("soc.figure.dimension", "all")),
        )
    )
    query = Select("figure", where, _COLUMNS, latest_by="soc.figure.key")
    rows = (row for batch in context.engine.select(query) for row in batch.to_pylist())
    return {row["soc.figure.key"]: row for row in rows if row["soc.figure.value"]}

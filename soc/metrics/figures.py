"""Daily figures as stored: read back, and summed up over months and years.

A figure is made by the job ``rollup``, or counted by people, with evidence. Of the figures of
one day, metric and member that counted by people stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from soc.metrics._number import Metric, Question, by_register
from soc.query import Period, Select
from soc.where import All, Equals, In, Where

if TYPE_CHECKING:
    from soc.context import Context

DIMENSIONS = ("all", "unit", "layer", "team")
MANUAL = "manual"
_DISTINCT = ("attack_sources", "sources_live", "sources_silent")  # days do not add up
_COLUMNS = (
    "soc.origin",
    "soc.figure.metric",
    "soc.figure.day",
    "soc.figure.dimension",
    "soc.figure.member",
    "soc.figure.value",
    "soc.figure.coverage",
    "soc.figure.rule",
    "soc.figure.evidence",
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One stored value of a day."""

    metric: str
    day: date
    dimension: str
    member: str | None
    value: float | None  # None: nothing could be said
    coverage: float | None
    rule: str | None
    is_manual: bool
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Total:
    """Figures of several days as one number."""

    metric: str
    value: float | None
    how: Literal["sum", "mean", "most"]  # shares are averaged, distinct counts do not add up
    coverage: float | None  # of all days asked for: one without a figure has none
    days: int  # that have a value
    wanted: int  # days asked for
    manual: int  # days that people counted


def key(metric: str, day: date, dimension: str, member: str | None, origin: str) -> str:
    """``soc.figure.key``: of the rows with one key the latest version counts."""
    return "|".join((origin, day.isoformat(), metric, dimension, member or ""))


def figures(
    context: Context,
    first: date,
    last: date,
    metric: str | None = None,
    dimension: str = "all",
    origins: Sequence[str] = ("live",),
) -> list[Figure]:
    """The figures that stand for the days, by day, metric and member; those of people win.

    ``origins`` are those of the rows: ``live``, or ``simulated`` for a demonstration; counts by
    people are read with either.
    """
    period = context.calendar.days(first, last)
    parts: list[Where] = [
        Equals("soc.figure.dimension", dimension),
        In("soc.origin", (*origins, MANUAL)),
    ]
    if metric is not None:
        parts.append(Equals("soc.figure.metric", metric))
    found: dict[tuple[str, date, str], Figure] = {}
    for row in sorted(_rows(context, period, All(tuple(parts))), key=_manual_last):
        each = _figure(row)
        found[each.metric, each.day, each.member or ""] = each
    return [found[name] for name in sorted(found, key=lambda k: (k[1], k[0], k[2]))]


def total(
    context: Context,
    metric: str,
    first: date,
    last: date,
    dimension: str = "all",
    member: str | None = None,
    origins: Sequence[str] = ("live",),
) -> Total:
    """The number of a metric over days, from their figures, with how much of them was seen."""
    held = [
        each
        for each in figures(context, first, last, metric, dimension, origins)
        if each.member == member
    ]
    values = [each.value for each in held if each.value is not None]
    how = _how(metric)
    wanted = (last - first).days + 1
    shares = [1.0 if each.is_manual else each.coverage for each in held]
    known = [share for share in shares if share is not None]
    return Total(
        metric=metric,
        value=_joined(values, how),
        how=how,
        coverage=sum(known) / wanted if known else None,
        days=len(values),
        wanted=wanted,
        manual=sum(each.is_manual for each in held),
    )


def _how(metric: str) -> Literal["sum", "mean", "most"]:
    from soc.metrics import metrics

    known = metrics().get(metric)
    if known is not None and known.unit == "share":
        return "mean"
    return "most" if metric in _DISTINCT else "sum"


def _joined(values: Sequence[float], how: str) -> float | None:
    if not values:
        return None
    if how == "most":
        return max(values)
    return sum(values) / len(values) if how == "mean" else sum(values)


def _rows(context: Context, period: Period, where: Where) -> Iterable[dict[str, Any]]:
    query = Select("figure", where, _COLUMNS, period=period, latest_by="soc.figure.key")
    for batch in context.engine.select(query):
        yield from batch.to_pylist()


def _manual_last(row: dict[str, Any]) -> bool:
    return bool(row["soc.origin"] == MANUAL)


def _figure(row: dict[str, Any]) -> Figure:
    return Figure(
        metric=row["soc.figure.metric"],
        day=date.fromisoformat(row["soc.figure.day"]),
        dimension=row["soc.figure.dimension"],
        member=row["soc.figure.member"],
        value=row["soc.figure.value"],
        coverage=row["soc.figure.coverage"],
        rule=row["soc.figure.rule"],
        is_manual=row["soc.origin"] == MANUAL,
        evidence=tuple(row["soc.figure.evidence"] or ()),
    )


def counted_by_people(asked: Question) -> float:
    """Figures of the period that people counted, each with its evidence."""
    where = Equals("soc.origin", MANUAL)
    return float(sum(1 for _ in _rows(asked.context, asked.period, where)))


METRICS = (Metric("figures_manual", "items", "neutral", counted_by_people, coverage=by_register),)

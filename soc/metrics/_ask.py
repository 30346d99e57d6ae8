"""Questions that several subjects ask the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from soc.query import Aggregate, Function, Measure

if TYPE_CHECKING:
    from soc.metrics._number import Question
    from soc.where import Where


def total(
    asked: Question,
    dataset: str,
    *parts: Where,
    function: Function = "count",
    column: str | None = None,
) -> float | None:
    """One number over the rows that count; None where the engine has none (a sum of nothing)."""
    measure = Measure("n", function, column)
    query = Aggregate(dataset, (measure,), where=asked.counted(*parts), period=asked.period)
    rows = asked.aggregate(query).to_pylist()
    value: float | None = rows[0]["n"] if rows else None
    return 0 if value is None and function in ("count", "distinct") else value


def grouped(
    asked: Question,
    dataset: str,
    by: tuple[str, ...],
    *parts: Where,
    also: tuple[str, ...] = (),
) -> list[Any]:
    """One mapping a group of the rows that count: the ``by`` columns, and ``n`` rows.

    ``also`` names origins that count here beside those of the question.
    """
    query = Aggregate(
        dataset,
        (Measure("n", "count"),),
        by=by,
        where=asked.counted(*parts, also=also),
        period=asked.period,
    )
    rows: list[Any] = asked.aggregate(query).to_pylist()
    return rows

"""What collectors there are, and what each source has delivered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from soc import plugins
from soc.query import Aggregate, Measure, Order, Period

if TYPE_CHECKING:
    from soc.context import Context
    from soc.text import Language

_DAY = timedelta(days=1)


def listed(language: Language) -> list[dict[str, Any]]:
    """Every collector: its name, its label, and whether it yields events or records."""
    from soc.text import label

    return [
        {
            "name": name,
            "label": label(f"collect.format.{name}", language),
            "yields": label(f"collect.yields.{name}", language),
        }
        for name in plugins.names("collectors")
    ]


def statuses(context: Context) -> list[dict[str, Any]]:
    """One entry a source that ever delivered: last seen, rows, and coverage of the last day."""
    from soc.coverage import coverage

    until = context.clock.now()
    found = context.engine.aggregate(
        Aggregate(
            "health",
            (
                Measure("last_seen", "max", "@timestamp"),
                Measure("rows", "sum", "soc.health.rows"),
                Measure("refused", "sum", "soc.health.refused"),
                Measure("lost", "sum", "soc.health.lost"),
                Measure("dropped", "sum", "soc.health.dropped"),
            ),
            by=("observer.name",),
            order=(Order("observer.name"),),
        )
    )
    lately = Period(until - _DAY, until)
    rows = found.to_pylist()
    for row in rows:
        told = coverage(context.engine, lately, observers=[row["observer.name"]])
        row["coverage"] = told.fraction
        row["is_live"] = _is_recent(row["last_seen"], until)
    return [{"name": row.pop("observer.name"), **row} for row in rows]


def _is_recent(seen: datetime | None, now: datetime) -> bool:
    return seen is not None and now - seen < timedelta(minutes=15)

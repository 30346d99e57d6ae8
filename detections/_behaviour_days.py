"""Traffic of inside hosts to the outside, by day of the site; twice seen is not twice done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from detections._behaviour_flow import CLIENT_SIDE
from soc.where import All, Exists, Not, Where

if TYPE_CHECKING:
    import pyarrow as pa

_TOGETHER = 7  # days; one question for more would hold too many groups at once

OUTBOUND: Where = All(
    (Exists("soc.source.zone"), Not(Exists("soc.destination.zone")), CLIENT_SIDE)
)  # the client stands in the ledger, the service does not


def spans(days: Sequence[date]) -> Iterator[tuple[date, ...]]:
    """Days, sorted, in runs that lie within one week, so that one question asks for all."""
    run: list[date] = []
    for day in days:
        if run and (day - run[0]).days >= _TOGETHER:
            yield tuple(run)
            run = []
        run.append(day)
    if run:
        yield tuple(run)


def best(table: pa.Table, keys: Iterable[str], measure: str) -> list[dict[str, Any]]:
    """Of the groups that differ only by observer the one that saw most, by its keys."""
    kept: dict[tuple[Any, ...], dict[str, Any]] = {}
    names = tuple(keys)
    for row in table.to_pylist():
        key = tuple(row[name] for name in names)
        if key not in kept or (row[measure] or 0) > (kept[key][measure] or 0):
            kept[key] = row
    return [kept[key] for key in sorted(kept, key=lambda k: tuple(map(str, k)))]

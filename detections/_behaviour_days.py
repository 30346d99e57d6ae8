"""Traffic of inside hosts to the outside, by day of the site; twice seen is not twice done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from detections._behaviour_flow import CLIENT_SIDE
from soc.where import All, Exists, Not, Where

if TYPE_CHECKING:
    import pyarrow as pa

OUTBOUND: Where = All(
    (Exists("soc.source.zone"), Not(Exists("soc.destination.zone")), CLIENT_SIDE)
)  # the client stands in the ledger, the service does not


def best(table: pa.Table, keys: Iterable[str], measure: str) -> list[dict[str, Any]]:
    """Of the groups that differ only by observer the one that saw most, by its keys."""
    kept: dict[tuple[Any, ...], dict[str, Any]] = {}
    names = tuple(keys)
    for row in table.to_pylist():
        key = tuple(row[name] for name in names)
        if key not in kept or (row[measure] or 0) > (kept[key][measure] or 0):
            kept[key] = row
    return [kept[key] for key in sorted(kept, key=lambda k: tuple(map(str, k)))]

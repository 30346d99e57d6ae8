"""Rows in the log of a real context."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from soc import schema
from soc.batch import Batch

if TYPE_CHECKING:
    from soc.context import Context


def stored(context: Context, count: int, source: int = 7) -> list[str]:
    """Ids of that many flows stored now."""
    now = context.clock.now()
    rows = pa.RecordBatch.from_pylist(
        [
            {"@timestamp": now, "soc.record": number, "source.ip": "203.0.113.7"}
            for number in range(1, count + 1)
        ],
        schema=pa.schema(
            [schema.arrow("flow").field(n) for n in ("@timestamp", "soc.record", "source.ip")]
        ),
    )
    context.store.log.append([Batch(source=source, dataset="flow", rows=rows)])
    return [schema.event_id(source, number) for number in range(1, count + 1)]

"""Made events for the tests of detection, stored as a collector would store them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from soc import schema
from soc.batch import Batch
from soc.context import Context

AT = datetime(2026, 3, 17, 8, tzinfo=UTC)
SCANNER = {
    "source.ip": "203.0.113.66",
    "destination.ip": "198.51.100.20",
    "destination.port": 443,
    "http.request.method": "GET",
    "url.original": "/login",
    "user_agent.original": "sqlmap/1.8",
    "observer.name": "probe",
    "soc.origin": "live",
}
RULE = "3db14878-850d-5b86-97b5-f46490e99b6c"  # web/scanner_user_agent


def append(
    context: Context,
    dataset: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    source: int = 7,
    at: datetime = AT,
) -> int:
    """Rows new in the log; a second apart, numbered after what the source has stored."""
    log = context.store.log
    first = log.position(source, dataset)
    made = [
        {"@timestamp": at + timedelta(seconds=n), "soc.record": first + n + 1, **row}
        for n, row in enumerate(rows)
    ]
    names = {name for row in made for name in row}
    known = schema.arrow(dataset)
    fields = [known.field(name) for name in known.names if name in names]
    batch = pa.RecordBatch.from_pylist(made, schema=pa.schema(fields))
    return log.append([Batch(source, dataset, batch)]).stored


def probe(**changed: Any) -> dict[str, Any]:
    """A request of an attack scanner; columns are changed by names with ``__`` for dots."""
    return SCANNER | {name.replace("__", "."): value for name, value in changed.items()}

"""Rows for tests of the event log, and what the log holds of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from soc.batch import Batch
from soc.query import Window
from soc.store.log import DeltaLog, LogFile

START = datetime(2026, 3, 18, 1, tzinfo=UTC)


class StoppedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def batch(first: int, count: int, source: int = 7, dataset: str = "flow", **more: object) -> Batch:
    """Rows numbered from ``first``; one a second of event time."""
    numbers = range(first, first + count)
    columns: dict[str, Any] = {
        "@timestamp": pa.array(
            [START + timedelta(seconds=n) for n in numbers], pa.timestamp("us", "UTC")
        ),
        "soc.record": pa.array(numbers, pa.int64()),
        "source.ip": pa.array([f"192.0.2.{n % 250}" for n in numbers]),
    }
    return Batch(source, dataset, pa.record_batch({**columns, **more}))


def opened(home: Path) -> DeltaLog:
    return DeltaLog(home, "here", StoppedClock())


def everything(upto: int = 1 << 40, after: int | None = None) -> Window:
    return Window({} if after is None else {"here": after}, {"here": upto})


def table(files: Iterable[LogFile]) -> pa.Table:
    tables = [pq.read_table(file.path) for file in files]
    return pa.concat_tables(tables, promote_options="default") if tables else pa.table({})


def records(log: DeltaLog, dataset: str = "flow", source: int = 7) -> list[int]:
    """Numbers of the stored rows of a source, as they lie in the files."""
    rows = table(log.files(dataset))
    if not rows.num_rows:
        return []
    pairs = zip(rows["soc.source_key"].to_pylist(), rows["soc.record"].to_pylist(), strict=True)
    return [number for key, number in pairs if key == source]

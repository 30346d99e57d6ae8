"""The event log against deltalake's own writer, and its last window against everything.

Run ``python -m benchmarks.log``. The same rows go both ways: ours fits them to the schema,
adds the twins and brings them to the disk; the peer gets them fitted and brings nothing to
the disk. CPU of all threads of this process; the median of the commits.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import write_deltalake

from soc._conform import conform
from soc.batch import Batch
from soc.query import Window
from soc.store.log import DeltaLog

SIZES = {5_000: 60, 100_000: 12}  # rows a commit: commits
START_US = 1_773_795_600_000_000


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def flows(first: int, count: int, chance: np.random.Generator) -> pa.RecordBatch:
    """Flows as a collector yields them: dictionaries of addresses, ports, counters, times."""
    numbers = np.arange(first, first + count)
    at = pa.array(START_US + numbers * 500).cast(pa.timestamp("us", "UTC"))
    return pa.record_batch(
        {
            "@timestamp": at,
            "event.start": at,
            "event.end": at,
            "soc.record": numbers,
            "event.module": constant("netflow", count),
            "observer.ip": constant("192.0.2.1", count),
            "source.ip": addresses(60_000, count, chance),
            "destination.ip": addresses(200_000, count, chance),
            "source.port": chance.integers(1_024, 65_535, count, np.int32),
            "destination.port": chance.choice([22, 53, 80, 443, 3_306], count).astype(np.int32),
            "network.transport": constant("tcp", count),
            "network.iana_number": np.full(count, 6, np.int32),
            "source.bytes": chance.integers(40, 1 << 20, count),
            "source.packets": chance.integers(1, 1_000, count),
            "destination.bytes": chance.integers(40, 1 << 20, count),
            "destination.packets": chance.integers(1, 1_000, count),
            "soc.tcp_flags": chance.integers(0, 64, count, np.int32),
        }
    )


def constant(text: str, count: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), pa.array([text]))


def addresses(many: int, count: int, chance: np.random.Generator) -> pa.DictionaryArray:
    """Addresses of which few are met often, as in traffic."""
    drawn = np.minimum(chance.zipf(1.3, count), many) - 1
    values, indices = np.unique(drawn, return_inverse=True)
    texts = [f"198.{18 + (n >> 16)}.{n >> 8 & 255}.{n & 255}" for n in values.tolist()]
    return pa.DictionaryArray.from_arrays(indices.astype(np.int32), pa.array(texts))


def cpu_s(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def appends(folder: Path, rows: int, times: int) -> tuple[float, float, DeltaLog]:
    """Median CPU a row of our append and of the peer, microseconds."""
    chance = np.random.default_rng(rows)
    log, at = DeltaLog(folder / f"ours{rows}", "here", WallClock()), datetime.now(UTC)
    ours: list[float] = []
    peer: list[float] = []
    for number in range(times):
        batch = Batch(1, "flow", flows(1 + number * rows, rows, chance))
        assert batch.rows is not None
        day = pa.array(["2026-03-18"] * rows)
        fitted = conform(batch.rows, "flow", 1, at).append_column("day", day)
        ours.append(cpu_s(lambda batch=batch: log.append([batch])))  # type: ignore[misc]
        path = folder / f"peer{rows}"
        peer.append(
            cpu_s(
                lambda path=path, fitted=fitted: write_deltalake(  # type: ignore[misc]
                    path, fitted, mode="append", partition_by=["day"]
                )
            )
        )
    return statistics.median(ours) / rows * 1e6, statistics.median(peer) / rows * 1e6, log


def read(log: DeltaLog, window: Window | None) -> int:
    return sum(pq.read_table(file.path).num_rows for file in log.files("flow", window))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        for rows, times in SIZES.items():
            ours, peer, log = appends(Path(name), rows, times)
            print(
                f"append of {rows:>7,} rows: {ours:5.2f} µs CPU a row, "
                f"write_deltalake {peer:5.2f} µs: {peer / ours:.1f} times as fast"
            )
        newest = log.version("flow")
        last = Window({"here": newest - 1}, {"here": newest})
        assert read(log, last) == rows
        window_s = min(cpu_s(lambda: read(log, last)) for _ in range(3))
        whole_s = min(cpu_s(lambda: read(log, None)) for _ in range(3))
        print(
            f"last window of {newest}: {window_s * 1e3:.1f} ms CPU, everything "
            f"{whole_s * 1e3:.1f} ms: {whole_s / window_s:.1f} times as fast"
        )
        (status,) = log.status()
        print(f"{status.bytes / status.rows:.1f} bytes a row")


if __name__ == "__main__":
    main()

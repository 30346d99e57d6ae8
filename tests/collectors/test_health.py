from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from collectors._health import GAP_LIMIT, Health, health_source
from collectors._run import collect_files
from soc.batch import Batch, Tally
from soc.context import Context
from soc.coverage import coverage
from soc.query import Period, Select
from tests.collectors.test_run import line

START = datetime(2026, 3, 18, 1, tzinfo=UTC)


def batch(*minutes: float, tally: Tally | None = None, source: int = 7) -> Batch:
    times = [START + timedelta(minutes=m) for m in minutes]
    rows = pa.RecordBatch.from_pydict(
        {
            "@timestamp": pa.array(times, pa.timestamp("us", tz="UTC")),
            "soc.record": pa.array(range(1, len(times) + 1), pa.int64()),
        }
    )
    return Batch(source, "flow", rows, tally or Tally())


def told(health: Health) -> list[tuple[int, bool, int]]:
    """Minutes since the start, live, rows."""
    return [
        (
            int((row["@timestamp"] - START).total_seconds() // 60),
            row["soc.health.live"],
            row["soc.health.rows"],
        )
        for part in health.rest()
        if part.rows is not None
        for row in part.rows.to_pylist()
    ]


def test_each_bin_has_a_row_and_empty_ones_between_too() -> None:
    health = Health()
    health.see(batch(0, 1, 16), "r1", "live", None)

    assert told(health) == [(0, True, 2), (5, False, 0), (10, False, 0), (15, True, 1)]


def test_a_bin_is_told_once() -> None:
    health = Health()
    health.see(batch(0, 1, 16), "r1", "live", None)
    early = [part.rows.num_rows for part in health.ended() if part.rows is not None]
    health.see(batch(17), "r1", "live", None)

    assert early == [1]
    assert told(health) == [(5, False, 0), (10, False, 0), (15, True, 2)]


def test_a_long_silence_is_not_filled() -> None:
    health = Health()
    health.see(batch(0, 5 * (GAP_LIMIT + 1)), "r1", "live", None)

    assert len(told(health)) == 2


def test_losses_count_in_the_newest_bin() -> None:
    health = Health()
    health.see(batch(0, 6, tally=Tally(lost=3, refused=2)), "r1", "live", None)
    (part,) = health.rest()
    assert part.rows is not None

    rows = part.rows.to_pylist()

    assert [row["soc.health.lost"] for row in rows] == [0, 3]
    assert [row["soc.health.refused"] for row in rows] == [0, 2]


def test_observers_of_one_source_have_keys_of_their_own() -> None:
    assert health_source(7, "r1") != health_source(7, "r2")
    assert health_source(7, "r1") == health_source(7, "r1")


def test_health_of_a_file_is_stored_once_and_covers_its_bins(
    context: Context, tmp_path: Path
) -> None:
    path = tmp_path / "eve.json"
    path.write_bytes(line(1) + line(2) + line(21))
    for _ in range(2):
        collect_files([path], format=None, context=context, observer="ids-1")
    rows = [r for part in context.engine.select(Select("health")) for r in part.to_pylist()]

    known = coverage(context.engine, Period(START, START + timedelta(minutes=30)), ["ids-1"])

    assert [row["soc.health.live"] for row in sorted(rows, key=lambda row: row["@timestamp"])] == [
        True,
        False,
        False,
        False,
        True,
    ]
    assert known.fraction == pytest.approx(2 / 6)

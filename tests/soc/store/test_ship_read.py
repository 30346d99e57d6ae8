"""The log as loads: every row once, in the order of its versions, however far behind."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc.errors import StoreError, StoreUnavailable
from soc.store import _ship_read as read
from soc.store._ship_place import BEGINNING, Known, Place
from soc.store._ship_read import Load, Unit, cuts
from soc.store.log import DeltaLog
from tests.soc.store.log_rows import START, StoppedClock, batch, opened


@pytest.fixture
def log(tmp_path: Path) -> DeltaLog:
    return opened(tmp_path)


def loads(log: DeltaLog, done: Place = BEGINNING) -> list[Load]:
    units = read.units(log, "flow", Known(done, done), log.version("flow"))
    return list(read.loads(units, "flow", log.origin, done))


def records(found: list[Load]) -> list[int]:
    lines = [load.line(row) for load in found for row in range(len(load.ids))]
    return [orjson.loads(line.split(b"\n")[1])["soc.record"] for line in lines]


def test_versions_that_are_small_go_together(log: DeltaLog) -> None:
    for first in (1, 11, 21):
        log.append([batch(first, 10)])

    [load] = loads(log)

    assert records([load]) == list(range(1, 31))
    assert (load.start, load.end) == (Place(1), Place(3, 10))
    assert load.lines([3]) == load.line(3)
    assert load.lines(range(30)) == load.data


def test_a_version_that_is_large_is_cut(log: DeltaLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "LOAD_ROWS", 40)
    log.append([batch(1, 100)])

    found = loads(log)

    assert [len(load.ids) for load in found] == [40, 40, 20]
    assert [load.start for load in found] == [Place(1), Place(1, 40), Place(1, 80)]
    assert records(found) == list(range(1, 101))


@pytest.mark.parametrize("row", [0, 1, 57, 99, 100])
def test_reading_goes_on_within_a_version(
    log: DeltaLog, row: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "ENCODED_ROWS", 30)
    log.append([batch(1, 100)])
    log.append([batch(101, 5)])

    assert records(loads(log, Place(1, row))) == list(range(row + 1, 106))
    assert read.lag(read.units(log, "flow", Known(Place(1, row)), 2), Place(1, row)) == 105 - row


@given(st.lists(st.integers(1, 50), max_size=30), st.integers(1, 10), st.integers(1, 200))
def test_a_body_is_cut_at_rows_and_no_piece_is_too_large_unless_it_is_one_row(
    sizes: list[int], rows: int, size: int
) -> None:
    ends = np.cumsum([0, *sizes]).astype(np.int64)
    found = cuts(ends, rows, size)

    assert (found[0], found[-1]) == (0, len(sizes))
    for start, end in pairwise(found):
        assert start < end <= start + rows
        assert ends[end] - ends[start] <= size or end == start + 1


def test_what_may_be_sent_next_is_told_ahead_of_it(log: DeltaLog) -> None:
    for first in (1, 11, 21, 31):
        log.append([batch(first, 10)])
    units = read.units(log, "flow", Known(), 4)

    assert read.ahead(units, Place(1), 15) == Place(3)
    assert read.ahead(units, Place(2, 5), 15) == Place(4)
    assert read.ahead(units, Place(1), 1_000) == Place(5)
    assert read.ahead([], Place(5), 10) == Place(5)


def late(tmp_path: Path) -> DeltaLog:
    """A log whose first commits are gone: an append an hour, kept for eight days."""
    clock = StoppedClock()
    log = DeltaLog(tmp_path, "here", clock)
    for number in range(1, 41):
        log.append([batch(number, 1)])
        clock.at += timedelta(hours=1)
    log.compact("flow")
    clock.at += timedelta(days=9)
    log.append([batch(41, 1)])
    log.compact("flow")
    return log


def test_rows_whose_version_is_forgotten_are_shipped_and_those_that_may_be_there_asked_for(
    tmp_path: Path,
) -> None:
    log = late(tmp_path)
    done = Place(31)
    known = Known(done, done, 3, int((START + timedelta(hours=29)).timestamp() * 1e6))

    found = loads(log, done)

    assert set(records(found)) >= set(range(31, 42))
    forgotten = [load for load in found if load.is_forgotten]
    assert forgotten
    assert all((load.start, load.asked_from(known)) == (done, 0) for load in forgotten)


def test_what_was_never_sent_is_not_asked_for(log: DeltaLog) -> None:
    log.append([batch(1, 10)])
    log.append([batch(11, 10)])
    [load] = loads(log)

    assert load.asked_from(Known()) is None
    assert load.asked_from(Known(BEGINNING, Place(2), 4)) == 4


def test_a_file_that_is_gone_or_damaged_is_named(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(b"PAR1 no more")

    with pytest.raises(StoreUnavailable, match=r"gone\.parquet: is gone"):
        read.rows_of(tmp_path / "gone.parquet")
    with pytest.raises(StoreError, match=r"damaged\.parquet: cannot be read"):
        list(read.loads([Unit(damaged, 1)], "flow", "here", BEGINNING))

"""Compaction, retention, and readers that come late."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from soc.errors import StoreError
from soc.store import _log_commits as commits
from soc.store import _log_keep as keep
from soc.store._log_table import Table
from soc.store.log import DeltaLog
from tests.soc.store.log_rows import START, StoppedClock, batch, everything, records, table


@pytest.fixture
def stopped() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def log(home: Path, stopped: StoppedClock) -> DeltaLog:
    return DeltaLog(home, "here", stopped)


def appended(log: DeltaLog, times: int, first: int = 1) -> None:
    for number in range(first, first + times):
        log.append([batch(number, 1)])


def data_files(log: DeltaLog) -> list[Path]:
    return list(log.folder.glob("flow/2*/*.parquet"))


def test_compaction_keeps_every_row_in_its_order(log: DeltaLog) -> None:
    appended(log, 12)

    assert log.compact("flow") == 12
    assert log.status()[0].files == 1
    assert records(log) == list(range(1, 13))


def test_compaction_moves_no_position_and_adds_nothing_to_a_window(log: DeltaLog) -> None:
    appended(log, 5)
    log.compact("flow")

    assert log.position(7, "flow") == 5
    assert log.files("flow", everything(after=5)) == []
    assert [f.version for f in log.files("flow", everything())] == [1, 2, 3, 4, 5]


def test_compaction_of_files_with_different_columns_fills_what_is_absent(log: DeltaLog) -> None:
    log.append([batch(1, 2)])
    log.append(
        [batch(3, 2, **{"dns.type": pa.array(["a", "b"]), "message": pa.array(["m", None])})]
    )
    log.append([batch(5, 1, **{"event.category": pa.array([["network", "dns"]])})])

    log.compact("flow")

    rows = table(log.files("flow"))
    assert rows["message"].to_pylist() == [None, None, "m", None, None]
    assert rows["event.category"].to_pylist() == [None] * 4 + [["network", "dns"]]
    assert rows["soc.other"].to_pylist()[2] == [("dns.type", "a")]


def test_one_file_of_a_day_is_left_as_it_is(log: DeltaLog) -> None:
    appended(log, 1)

    assert log.compact("flow") == 0


def test_days_are_not_merged_with_each_other(log: DeltaLog, stopped: StoppedClock) -> None:
    appended(log, 2)
    stopped.at += timedelta(days=1)
    appended(log, 2, first=3)

    assert log.compact("flow") == 4
    assert log.status()[0].files == 2


def test_large_files_are_not_merged() -> None:
    small = keep.Current("d/1.parquet", "d", 1_000, 1)
    large = keep.Current("d/2.parquet", "d", keep.SMALL_BYTES, 1)

    assert keep.groups([small, large, small]) == [[small, small]]
    assert keep.groups([large, large]) == []


def test_a_group_is_no_larger_than_the_target() -> None:
    files = [keep.Current(f"d/{n}.parquet", "d", keep.SMALL_BYTES - 1, 1) for n in range(10)]

    assert [len(group) for group in keep.groups(files)] == [4, 4, 2]


def test_row_groups_are_full(log: DeltaLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("soc.store._log_parquet.GROUP_ROWS", 64)
    for first in (1, 51, 101):
        log.append([batch(first, 50)])

    log.compact("flow")

    facts = pq.read_metadata(log.files("flow")[0].path)
    assert [facts.row_group(i).num_rows for i in range(facts.num_row_groups)] == [64, 64, 22]
    assert records(log) == list(range(1, 151))


def test_a_row_group_ends_early_where_rows_are_large(
    log: DeltaLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep, "GROUP_BYTES", 1)
    for first in (1, 51, 101):
        log.append([batch(first, 50)])

    log.compact("flow")

    assert pq.read_metadata(log.files("flow")[0].path).num_row_groups == 3
    assert records(log) == list(range(1, 151))


def test_a_compaction_that_is_overtaken_changes_nothing(
    log: DeltaLog, stopped: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    appended(log, 4)
    groups = keep.groups(keep.current(_opened(log)))
    table_, other = Table(log.folder / "flow"), Table(log.folder / "flow")
    commit = Table.commit

    def overtaken(self: Table, *arguments: object) -> int:
        monkeypatch.setattr(Table, "commit", commit)
        assert keep._merge(other, groups[0], stopped.at, "b") == 4
        return commit(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Table, "commit", overtaken)

    assert keep._merge(table_, groups[0], stopped.at, "a") == 0
    assert records(log) == [1, 2, 3, 4]
    assert len(data_files(log)) == 5


def test_a_compaction_does_not_touch_what_was_merged_before_it_began(
    log: DeltaLog, stopped: StoppedClock
) -> None:
    appended(log, 4)
    groups = keep.groups(keep.current(_opened(log)))
    log.compact("flow")

    assert keep._merge(Table(log.folder / "flow"), groups[0], stopped.at, "a") == 0
    assert records(log) == [1, 2, 3, 4]


def _opened(log: DeltaLog) -> DeltaTable:
    delta = Table(log.folder / "flow").open()
    assert delta is not None
    return delta


def test_while_somebody_compacts_another_does_nothing(log: DeltaLog) -> None:
    appended(log, 3)

    with Table(log.folder / "flow").lease(keep.LEASE) as is_held:
        assert is_held
        assert log.compact("flow") == 0

    assert log.compact("flow") == 3


def test_a_compaction_that_loses_rows_is_not_committed(
    log: DeltaLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    appended(log, 3)
    tables = keep._tables
    monkeypatch.setattr(keep, "_tables", lambda *a: (table.slice(0, 0) for table in tables(*a)))

    with pytest.raises(StoreError, match="0 of 3"):
        log.compact("flow")

    assert records(log) == [1, 2, 3]
    assert len(data_files(log)) == 3


def test_retention_drops_days_that_ended(log: DeltaLog, stopped: StoppedClock) -> None:
    appended(log, 2)
    stopped.at += timedelta(days=1)
    appended(log, 3, first=3)

    assert log.retain("flow", START + timedelta(days=1)) == 2
    assert records(log) == [3, 4, 5]
    assert log.position(7, "flow") == 5


def test_a_day_that_has_not_ended_is_kept(log: DeltaLog) -> None:
    appended(log, 2)

    assert log.retain("flow", START + timedelta(hours=5)) == 0
    assert records(log) == [1, 2]


def test_a_window_leaves_out_days_that_were_dropped(log: DeltaLog, stopped: StoppedClock) -> None:
    appended(log, 2)
    stopped.at += timedelta(days=1)
    appended(log, 1, first=3)

    log.retain("flow", stopped.at)

    assert [f.version for f in log.files("flow", everything())] == [3]


def test_log_and_removed_files_are_kept_for_eight_days(
    log: DeltaLog, stopped: StoppedClock
) -> None:
    appended(log, 12)
    log.compact("flow")
    stopped.at += timedelta(days=7, hours=23)
    appended(log, 1, first=13)
    log.compact("flow")

    assert [f.version for f in log.files("flow", everything())] == [*range(1, 13), 14]
    assert len(data_files(log)) == 14


def test_after_eight_days_log_and_removed_files_go(log: DeltaLog, stopped: StoppedClock) -> None:
    appended(log, 12)
    log.compact("flow")
    stopped.at += timedelta(days=9)
    appended(log, 1, first=13)

    log.compact("flow")

    assert len(data_files(log)) == 2
    assert len(list((log.folder / "flow/_delta_log").glob("*.json"))) == 2
    assert records(log) == list(range(1, 14))
    assert DeltaLog(log.folder.parent, "here", stopped).position(7, "flow") == 13


def test_files_that_no_commit_names_go_after_eight_days(
    log: DeltaLog, stopped: StoppedClock
) -> None:
    appended(log, 12)
    orphan = log.files("flow")[0].path.with_name(f"{int(START.timestamp() * 1000)}-0-x.parquet")
    orphan.write_bytes(b"left by a crash")
    log.compact("flow")
    assert orphan.exists()

    stopped.at += timedelta(days=9)
    appended(log, 1, first=13)
    log.compact("flow")

    assert not orphan.exists()


def test_dropped_days_go_from_the_disk_after_eight_days(
    log: DeltaLog, stopped: StoppedClock
) -> None:
    appended(log, 12)
    stopped.at += timedelta(days=1)
    appended(log, 1, first=13)
    log.retain("flow", stopped.at)
    stopped.at += timedelta(days=9)
    appended(log, 12, first=14)
    log.compact("flow")
    stopped.at += timedelta(days=9)
    appended(log, 1, first=26)
    log.compact("flow")

    assert not (log.folder / "flow" / START.date().isoformat()).exists()


def late_log(log: DeltaLog, stopped: StoppedClock) -> None:
    """Versions 1-40, an hour apart, the log of which is gone; two days are compacted; then 43."""
    for number in range(1, 41):
        log.append([batch(number, 1)])
        stopped.at += timedelta(hours=1)
    log.compact("flow")
    stopped.at += timedelta(days=9)
    log.append([batch(41, 1)])
    log.compact("flow")


def test_a_reader_further_behind_than_the_log_skips_nothing(
    log: DeltaLog, stopped: StoppedClock
) -> None:
    late_log(log, stopped)

    files = log.files("flow", everything(after=30))

    bounds = [file.ingested_from for file in files if file.ingested_from is not None]
    assert bounds
    assert all(
        START + timedelta(hours=28) <= bound < START + timedelta(hours=30) for bound in bounds
    )
    found = {
        number
        for file in files
        for at, number in zip(
            *pq.read_table(file.path, columns=["event.ingested", "soc.record"]), strict=True
        )
        if file.ingested_from is None or at.as_py() >= file.ingested_from
        for number in [number.as_py()]
    }
    assert set(range(31, 42)) <= found
    assert min(found) >= 29


def test_what_the_log_still_holds_keeps_its_version_for_a_late_reader(
    log: DeltaLog, stopped: StoppedClock
) -> None:
    late_log(log, stopped)

    assert [f.version for f in log.files("flow", everything())][-1] == 43
    assert sorted(table(log.files("flow", everything()))["soc.record"].to_pylist()) == list(
        range(1, 42)
    )


def test_a_late_reader_gets_no_file_that_was_complete_before(
    log: DeltaLog, stopped: StoppedClock
) -> None:
    late_log(log, stopped)
    first_day = log.files("flow", everything())[0].path.parent.name

    late = log.files("flow", everything(after=30))

    assert first_day not in {file.path.parent.name for file in late}


def test_a_process_that_slept_through_the_cleaning_sees_what_is_new(
    log: DeltaLog, stopped: StoppedClock
) -> None:
    log.append([batch(1, 1)])
    sleeper = DeltaLog(log.folder.parent, "here", stopped)
    assert sleeper.version("flow") == 1
    assert sleeper.append([batch(1, 1, source=8)]).stored == 1
    appended(log, 30, first=2)
    log.compact("flow")
    stopped.at += timedelta(days=9)
    log.append([batch(32, 1)])
    log.compact("flow")

    assert sleeper.position(7, "flow") == 32
    assert sleeper.append([batch(2, 1, source=8)]).stored == 1
    assert sorted(records(sleeper)) == list(range(1, 33))


def test_a_cleaning_that_was_cut_off_halfway_leaves_a_log_that_can_be_read(
    log: DeltaLog, stopped: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    appended(log, 30)
    log.compact("flow")
    stopped.at += timedelta(days=9)
    log.append([batch(31, 1)])

    def cut_off(folder: Path, begin: int) -> None:
        for version in range(begin // 2):
            commits.path_of(folder, version).unlink()
        raise StoreError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(keep, "_delete_log", cut_off)
        with pytest.raises(StoreError, match="killed"):
            log.compact("flow")

    found = table(log.files("flow", everything()))["soc.record"].to_pylist()
    assert sorted(set(found)) == list(range(1, 32))
    log.compact("flow")
    assert sorted(records(log)) == list(range(1, 32))
    assert len(data_files(log)) == 2

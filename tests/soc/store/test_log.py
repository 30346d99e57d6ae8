"""The event log: what is appended once is read once, by window, by period, durably."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from soc import schema
from soc.batch import Batch
from soc.errors import Conflict, StoreError, StoreUnavailable
from soc.query import Period
from soc.schema import Field, Type
from soc.store import log as log_module
from soc.store.log import DeltaLog
from tests.soc.store.log_rows import (
    START,
    StoppedClock,
    batch,
    everything,
    opened,
    records,
    table,
)


@pytest.fixture
def log(home: Path) -> DeltaLog:
    return opened(home)


def log_folder(log: DeltaLog) -> Path:
    return log.folder / "flow" / "_delta_log"


def test_an_append_tells_rows_and_version(log: DeltaLog) -> None:
    appended = log.append([batch(1, 10), batch(11, 5)])

    assert (appended.stored, appended.version) == (15, 1)
    assert records(log) == list(range(1, 16))


def test_a_batch_appended_again_stores_nothing(log: DeltaLog) -> None:
    log.append([batch(1, 10)])

    again = log.append([batch(1, 10)])

    assert (again.stored, again.version) == (0, None)


def test_of_a_batch_only_rows_above_the_position_are_stored(log: DeltaLog) -> None:
    log.append([batch(1, 10)])

    assert log.append([batch(6, 10)]).stored == 5
    assert records(log) == list(range(1, 16))


def test_the_same_batch_twice_in_one_append_is_stored_once(log: DeltaLog) -> None:
    assert log.append([batch(1, 10), batch(1, 10)]).stored == 10


def test_what_another_process_appends_within_a_tick_of_the_clock_is_seen(home: Path) -> None:
    mine, other = opened(home), opened(home)
    mine.append([batch(1, 1)])
    assert records(mine) == [1]
    before = log_folder(mine).stat()

    other.append([batch(2, 1)])
    os.utime(log_folder(mine), ns=(before.st_atime_ns, before.st_mtime_ns))

    assert records(mine) == [1, 2]


def test_a_folder_that_is_put_back_is_read_anew(home: Path, log: DeltaLog) -> None:
    log.append([batch(1, 1)])
    copy = home / "copy"
    shutil.copytree(log.folder / "flow", copy)
    log.append([batch(2, 1)])
    assert records(log) == [1, 2]

    shutil.rmtree(log.folder / "flow")

    assert records(log) == []
    copy.rename(log.folder / "flow")
    assert records(log) == [1]


def test_a_batch_without_rows_stores_nothing(log: DeltaLog) -> None:
    assert log.append([Batch(7, "flow")]).stored == 0


def test_batches_of_two_sources_are_refused(log: DeltaLog) -> None:
    with pytest.raises(StoreError, match="2 sources"):
        log.append([batch(1, 1, source=1), batch(1, 1, source=2)])


def test_an_unknown_dataset_is_refused(log: DeltaLog) -> None:
    with pytest.raises(StoreError, match="'flows'"):
        log.append([Batch(7, "flows", batch(1, 1).rows)])


def test_rows_without_a_number_are_refused(log: DeltaLog) -> None:
    rows = pa.record_batch({"@timestamp": [START]})

    with pytest.raises(StoreError, match=r"soc\.record"):
        log.append([Batch(7, "flow", rows)])


def test_the_position_is_the_highest_record_stored(log: DeltaLog) -> None:
    log.append([batch(1, 10, source=-5)])
    log.append([batch(1, 3, source=-5, dataset="dns")])

    assert log.position(-5, "flow") == 10
    assert log.position(4, "flow") == 0
    assert log.positions(-5) == {"flow": 10, "dns": 3}


def test_a_home_may_have_any_name(tmp_path: Path) -> None:
    log = opened(tmp_path / "态势 感知 #1 100%")
    log.append([batch(1, 1)])
    log.append([batch(2, 1)])

    assert log.compact("flow") == 2
    assert records(log) == [1, 2]


def test_a_position_outlives_the_process(home: Path) -> None:
    opened(home).append([batch(1, 10)])

    assert opened(home).position(7, "flow") == 10


def test_a_table_that_was_never_appended_to_is_empty(log: DeltaLog) -> None:
    assert log.version("flow") == -1
    assert log.files("flow", everything()) == []
    assert log.status() == []
    assert log.schema("flow").names == []


def test_a_window_holds_what_was_appended_after_a_version(log: DeltaLog) -> None:
    for first in (1, 11, 21, 31):
        log.append([batch(first, 10)])

    files = log.files("flow", everything(after=1, upto=3))

    assert [file.version for file in files] == [2, 3]
    assert table(files)["soc.record"].to_pylist() == list(range(11, 31))


def test_a_window_of_another_origin_is_empty_here(log: DeltaLog) -> None:
    log.append([batch(1, 10)])

    assert log.files("flow", type(everything())({}, {"there": 9})) == []


def test_a_period_reads_only_files_that_may_hold_it(log: DeltaLog) -> None:
    for first in (1, 101, 201):
        log.append([batch(first, 100)])
    period = Period(START + timedelta(seconds=110), START + timedelta(seconds=120))

    assert table(log.files("flow", None, period))["soc.record"].to_pylist() == list(range(101, 201))
    assert len(log.files("flow", everything(), period)) == 1


def test_a_time_within_the_last_millisecond_of_a_file_is_not_missed(log: DeltaLog) -> None:
    at = START + timedelta(microseconds=1_999)
    log.append([batch(1, 1, **{"@timestamp": pa.array([at], pa.timestamp("us", "UTC"))})])

    period = Period(at, at + timedelta(microseconds=1))

    assert len(log.files("flow", None, period)) == 1


def test_a_time_that_no_calendar_holds_is_stored_and_found_by_any_period(log: DeltaLog) -> None:
    far = pa.array([2**62], pa.int64()).cast(pa.timestamp("us", "UTC"))
    log.append([batch(1, 1, **{"@timestamp": far})])

    assert len(log.files("flow", None, Period(START, START))) == 1
    assert log.status()[0].newest is None


def test_status_counts_rows_files_and_times(log: DeltaLog) -> None:
    log.append([batch(1, 10)])
    log.append([batch(11, 10)])

    (status,) = log.status()

    assert (status.name, status.rows, status.version, status.files) == ("flow", 20, 2, 2)
    assert status.oldest == START + timedelta(seconds=1)
    assert status.newest == START + timedelta(seconds=20)
    assert status.bytes == sum(f.path.stat().st_size for f in log.files("flow"))


def test_rows_lie_under_their_day_of_arrival(home: Path) -> None:
    log = DeltaLog(home, "here", StoppedClock(datetime(2026, 3, 19, 23, 59, tzinfo=UTC)))
    log.append([batch(1, 1)])

    (file,) = log.files("flow")

    assert date.fromisoformat(file.path.parent.name) == date(2026, 3, 19)


def test_a_file_is_encoded_for_its_columns(log: DeltaLog) -> None:
    log.append([batch(1, 60_000)])

    (file,) = log.files("flow")
    group = pq.read_metadata(file.path).row_group(0)
    columns = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}

    assert {c.compression for c in columns.values()} == {"ZSTD"}
    assert "DELTA_BINARY_PACKED" in columns["@timestamp"].encodings
    assert not columns["soc.record"].has_dictionary_page
    assert columns["source.ip"].has_dictionary_page
    assert "bloom_filter_offset: None" not in str(columns["soc.twin.source.ip"])
    assert "bloom_filter_offset: None" in str(columns["source.ip"])


def test_a_position_that_moved_while_rows_were_written_is_a_conflict(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = opened(home), opened(home)
    first.append([batch(1, 1)])
    write = log_module._write

    def slowly(*arguments: object) -> object:
        monkeypatch.setattr(log_module, "_write", write)
        first.append([batch(2, 5)])
        return write(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(log_module, "_write", slowly)

    with pytest.raises(Conflict, match="moved from 1 to 6"):
        second.append([batch(2, 5)])

    assert records(second) == [1, 2, 3, 4, 5, 6]
    assert len(list(first.folder.glob("flow/2*/*.parquet"))) == 2


def test_another_source_that_commits_first_is_no_conflict(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = opened(home), opened(home)
    first.append([batch(1, 1)])
    write = log_module._write

    def slowly(*arguments: object) -> object:
        monkeypatch.setattr(log_module, "_write", write)
        first.append([batch(2, 5)])
        return write(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(log_module, "_write", slowly)

    assert second.append([batch(1, 5, source=8)]).version == 3


def with_field(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let the schema have one more field from now on."""
    grown = {**schema.fields(), name: Field(name, Type.LONG, schema.DATASETS, "More")}
    schema.of.cache_clear()
    schema.arrow.cache_clear()
    monkeypatch.setattr(schema, "fields", lambda: grown)


@pytest.fixture
def clean_schema() -> object:
    yield
    schema.of.cache_clear()
    schema.arrow.cache_clear()


@pytest.mark.usefixtures("clean_schema")
def test_a_table_gains_the_columns_that_the_schema_gained(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = opened(home)
    old.append([batch(1, 2)])
    with_field(monkeypatch, "soc.more")
    new = opened(home)

    new.append([batch(3, 2, **{"soc.more": pa.array([5, 6])})])
    old.append([batch(5, 2)])

    assert "soc.more" in old.schema("flow").names
    assert table(old.files("flow"))["soc.more"].to_pylist() == [None, None, 5, 6, None, None]


@pytest.mark.usefixtures("clean_schema")
def test_a_schema_that_changes_while_rows_are_written_does_not_stop_them(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = opened(home), opened(home)
    old.append([batch(1, 2)])
    write = log_module._write

    def slowly(*arguments: object) -> object:
        monkeypatch.setattr(log_module, "_write", write)
        with_field(monkeypatch, "soc.more")
        new.append([batch(1, 2, source=8)])
        return write(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(log_module, "_write", slowly)

    assert old.append([batch(3, 2)]).stored == 2
    assert records(old) == [1, 2, 3, 4]


def test_an_empty_last_commit_is_put_aside_and_its_rows_come_again(home: Path) -> None:
    log = opened(home)
    log.append([batch(1, 5)])
    log.append([batch(6, 5)])
    (log_folder(log) / f"{2:020d}.json").write_bytes(b"")

    after = opened(home)

    assert after.position(7, "flow") == 5
    assert after.append([batch(1, 10)]).stored == 5
    assert records(after) == list(range(1, 11))


@pytest.mark.parametrize("kept", [1, 200, -1, -30, -60])
def test_half_a_last_commit_is_put_aside_and_its_rows_come_again(home: Path, kept: int) -> None:
    log = opened(home)
    log.append([batch(1, 5)])
    log.append([batch(6, 5)])
    path = log_folder(log) / f"{2:020d}.json"
    path.write_bytes(path.read_bytes()[:kept])

    after = opened(home)

    assert after.append([batch(1, 10)]).stored == 5
    assert records(after) == list(range(1, 11))


def test_a_last_commit_without_its_last_line_is_put_aside(home: Path) -> None:
    log = opened(home)
    log.append([batch(1, 5)])
    path = log_folder(log) / f"{1:020d}.json"
    path.write_bytes(b"\n".join(path.read_bytes().splitlines()[:-1]))

    assert opened(home).append([batch(1, 5)]).stored == 5


@pytest.mark.parametrize("name", ["_last_checkpoint", f"{10:020d}.checkpoint.parquet"])
def test_an_empty_checkpoint_is_put_aside(
    home: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "CHECKPOINT_EVERY", 10)
    log = opened(home)
    for first in range(1, 12):
        log.append([batch(first, 1)])
    assert (log_folder(log) / name).stat().st_size > 0
    (log_folder(log) / name).write_bytes(b"")

    after = opened(home)

    assert after.append([batch(1, 12)]).stored == 1
    assert sorted(records(after)) == list(range(1, 13))


def test_an_error_after_the_commit_is_no_error(
    log: DeltaLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append([batch(1, 1)])
    delta = log._tables["flow"].writer.fresh()
    assert delta is not None
    commit = type(delta).create_write_transaction

    def commit_and_fail(*arguments: object, **more: object) -> None:
        commit(*arguments, **more)  # type: ignore[arg-type]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(delta), "create_write_transaction", commit_and_fail)

    assert log.append([batch(2, 5)]).version == 2
    assert records(log) == [1, 2, 3, 4, 5, 6]


def test_a_commit_that_fails_leaves_no_file_and_can_be_repeated(
    log: DeltaLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append([batch(1, 1)])
    delta = log._tables["flow"].writer.fresh()

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(type(delta), "create_write_transaction", fail)
        with pytest.raises(StoreUnavailable, match="no room"):
            log.append([batch(2, 5)])

    assert len(list(log.folder.glob("flow/2*/*.parquet"))) == 1
    assert log.append([batch(2, 5)]).stored == 5


def test_a_data_file_that_is_gone_is_named(log: DeltaLog) -> None:
    log.append([batch(1, 1)])
    (file,) = log.files("flow")
    file.path.unlink()

    with pytest.raises(StoreError, match=file.path.name):
        log.files("flow")


def test_long_text_is_cut_and_its_column_named(log: DeltaLog) -> None:
    texts = pa.array(["short", "x" * 9_000])
    log.append([batch(1, 2, message=texts)])

    rows = table(log.files("flow"))

    assert [len(text) for text in rows["message"].to_pylist()] == [5, schema.TEXT_LIMIT]
    assert rows["soc.truncated"].to_pylist() == [None, ["message"]]


def test_threads_of_one_process_store_every_row_once(log: DeltaLog) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def store(source: int) -> None:
        for first in range(1, 6):
            log.append([batch(first, 1, source)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(store, range(4)))

    assert [records(log, source=source) for source in range(4)] == [[1, 2, 3, 4, 5]] * 4

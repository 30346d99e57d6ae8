"""``soc.store.duckdb``: files, windows, versions, records; answers are in tests/contracts."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from soc import schema
from soc.batch import Batch
from soc.errors import RuleError, StoreError
from soc.query import Aggregate, Measure, Order, Period, Select, Window
from soc.records import Author, Record
from soc.records.unit import Unit
from soc.store.duckdb import DuckEngine
from soc.store.log import DeltaLog
from soc.where import All, Cidr, Contains, Equals, In, Keyword, Not, Regex, Some, Where
from tests.conftest import SetClock
from tests.contracts.engines import START, FileLog, LogFile, NoRecords, Row, numbered, write


def _engine(folder: Path, *commits: list[Row]) -> DuckEngine:
    return DuckEngine(write(folder, "flow", commits), NoRecords(), "256MB", 2)


def _rows(engine: DuckEngine, query: Select) -> list[Row]:
    return pa.Table.from_batches(engine.select(query)).to_pylist()  # type: ignore[no-any-return]


def _ports(*ports: int | None) -> list[Row]:
    return numbered({"source.port": port} for port in ports)


def test_a_window_reads_what_was_appended_after_and_up_to(tmp_path: Path) -> None:
    engine = _engine(tmp_path, _ports(0), _ports(1), _ports(2), _ports(3))
    query = Select(
        "flow", columns=("source.port", "soc.version"), window=Window({"here": 0}, {"here": 2})
    )

    assert _rows(engine, query) == [
        {"source.port": 1, "soc.version": 1},
        {"source.port": 2, "soc.version": 2},
    ]


def test_a_window_of_another_origin_holds_nothing(tmp_path: Path) -> None:
    engine = _engine(tmp_path, _ports(0))

    assert _rows(engine, Select("flow", window=Window({}, {"elsewhere": 9}))) == []


def test_versions_may_be_filtered_and_ordered_by(tmp_path: Path) -> None:
    engine = _engine(tmp_path, _ports(0), _ports(1), _ports(2))
    query = Select(
        "flow",
        In("soc.version", (0, "2")),
        ("source.port",),
        window=Window({}, {"here": 2}),
        order=(Order("soc.version", True),),
    )

    assert [row["source.port"] for row in _rows(engine, query)] == [2, 0]


def test_without_a_window_the_version_is_unknown(tmp_path: Path) -> None:
    engine = _engine(tmp_path, _ports(0))

    assert _rows(engine, Select("flow", columns=("soc.version",))) == [{"soc.version": None}]


def test_newest_and_window_name_the_origin(tmp_path: Path) -> None:
    engine = _engine(tmp_path, _ports(0), _ports(1))

    assert engine.newest("flow") == {"here": 1}
    assert engine.window("flow", {"here": 0}) == Window({"here": 0}, {"here": 1})


def test_a_dataset_without_commits_has_no_newest_and_no_rows(tmp_path: Path) -> None:
    engine = _engine(tmp_path, _ports(0))

    assert engine.newest("dns") == {}
    assert engine.window("dns", {}).is_empty
    assert _rows(engine, Select("dns", columns=("dns.id",))) == []


def test_a_file_that_is_read_for_the_newly_ingested_leaves_the_others(tmp_path: Path) -> None:
    rows = numbered(
        [{"source.port": 1}, {"source.port": 2, "event.ingested": START + timedelta(1)}]
    )
    log = write(tmp_path, "flow", [rows, _ports(3)])
    since = START + timedelta(hours=1)

    class Behind(FileLog):
        def files(
            self, dataset: str, window: Window | None = None, period: Period | None = None
        ) -> list[LogFile]:
            first, second = self.paths
            return [LogFile(first, None, since), LogFile(second, 1)]

    engine = DuckEngine(Behind(tmp_path, "flow", log.paths), NoRecords())
    window, order = Window({}, {"here": 1}), (Order("source.port"),)
    query = Select("flow", columns=("source.port", "soc.version"), window=window, order=order)

    assert _rows(engine, query) == [
        {"source.port": 2, "soc.version": None},
        {"source.port": 3, "soc.version": 1},
    ]


@pytest.mark.parametrize("dataset", schema.DATASETS)
def test_every_column_has_its_declared_type(tmp_path: Path, dataset: str) -> None:
    path = tmp_path / "all.parquet"
    pq.write_table(pa.Table.from_pylist([{}], schema.arrow(dataset)), path)
    engine = DuckEngine(FileLog(tmp_path, dataset, [path]), NoRecords())

    found = pa.Table.from_batches(engine.select(Select(dataset)))

    stored = [field for field in found.schema if field.name != "event.id"]
    assert found.num_rows == 1
    assert (
        pa.schema(stored)
        == schema.arrow(dataset)
        .remove_metadata()
        .empty_table()
        .select([field.name for field in stored])
        .schema
    )


def test_every_column_may_be_absent_on_disk(tmp_path: Path) -> None:
    engine = _engine(tmp_path, numbered([{}]))

    found = pa.Table.from_batches(engine.select(Select("flow")))

    assert found.column("soc.other").null_count == 1
    assert found.schema.field("event.type").type == pa.list_(pa.string())


def test_no_rows_are_one_empty_batch(tmp_path: Path) -> None:
    engine = _engine(tmp_path, _ports(0))

    batches = list(engine.select(Select("flow", Equals("source.port", 9), ("source.port",))))

    assert [batch.num_rows for batch in batches] == [0]
    assert batches[0].schema == pa.schema([("source.port", pa.int32())])


def test_an_iterator_may_be_left_early(tmp_path: Path) -> None:
    engine = _engine(tmp_path, _ports(*range(10)))

    next(iter(engine.select(Select("flow", columns=("source.port",)))))

    assert len(_rows(engine, Select("flow", columns=("source.port",)))) == 10


def test_an_engine_answers_again_after_it_was_closed(tmp_path: Path) -> None:
    engine = _engine(tmp_path, _ports(1))
    engine.close()
    _rows(engine, Select("flow"))
    engine.close()

    assert len(_rows(engine, Select("flow"))) == 1


def test_a_process_ends_quietly_with_an_engine_open(tmp_path: Path) -> None:
    log = write(tmp_path, "flow", [_ports(1)])
    program = (
        "from pathlib import Path\n"
        "from tests.contracts.engines import FileLog, NoRecords\n"
        "from soc.store.duckdb import DuckEngine\n"
        "from soc.query import Select\n"
        f"log = FileLog(Path({str(tmp_path)!r}), 'flow', [Path({str(log.paths[0])!r})])\n"
        "engine = DuckEngine(log, NoRecords())\n"
        "print(sum(batch.num_rows for batch in engine.select(Select('flow'))))\n"
        "kept = engine.select(Select('flow'))\n"
        "next(kept)\n"
    )

    found = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parents[3],
    )

    assert (found.stdout, found.stderr) == ("1\n", "")


def test_a_file_that_is_gone_is_a_store_error(tmp_path: Path) -> None:
    engine = _engine(tmp_path, _ports(1), _ports(2))
    _rows(engine, Select("flow"))
    (tmp_path / "part'1.parquet").unlink()

    with pytest.raises(StoreError):
        _rows(engine, Select("flow"))


def test_a_file_that_is_no_parquet_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 torn")
    engine = DuckEngine(FileLog(tmp_path, "flow", [tmp_path / "torn.parquet"]), NoRecords())

    with pytest.raises(StoreError, match=r"^flow: "):
        _rows(engine, Select("flow"))


def test_a_bad_pattern_is_a_rule_error_not_an_error_of_the_store(tmp_path: Path) -> None:
    engine = _engine(tmp_path, _ports(1))

    with pytest.raises(RuleError):
        list(engine.select(Select("flow", Regex("message", "("))))


def test_thousands_of_parts_are_one_question(tmp_path: Path) -> None:
    engine = _engine(tmp_path, numbered([{"message": "x999"}, {"message": "y"}]))
    wide: Where = Some(tuple(Contains("message", f"x{n}") for n in range(1_000)))
    deep: Where = All(tuple(Not(Contains("message", f"z{n}")) for n in range(1_000)))
    query = Select("flow", All((wide, deep, Not(Not(wide)))), ("message",))

    assert _rows(engine, query) == [{"message": "x999"}]


def test_many_filters_are_more_than_one_statement(tmp_path: Path) -> None:
    engine = _engine(tmp_path, numbered({"message": f"Rule {n}."} for n in range(600)))
    wheres = {str(n): Contains("message", f"RULE {n}.") for n in range(600)}

    found = dict(engine.match(Select("flow", columns=("message",)), wheres))

    assert {name: batch.to_pylist() for name, batch in found.items()} == {
        str(n): [{"message": f"Rule {n}."}] for n in range(600)
    }


def test_filters_over_a_window_see_versions(tmp_path: Path) -> None:
    engine = _engine(tmp_path, _ports(1), _ports(2))
    query = Select("flow", columns=("source.port", "soc.version"), window=Window({}, {"here": 1}))

    found = dict(engine.match(query, {"new": Equals("soc.version", 1), "none": Keyword("x")}))

    assert {name: batch.to_pylist() for name, batch in found.items()} == {
        "new": [{"source.port": 2, "soc.version": 1}]
    }


def test_hostile_names_of_measures_are_names(tmp_path: Path) -> None:
    engine = _engine(tmp_path, _ports(1))
    name = 'a" , (SELECT 1) AS "b\' --'

    found = engine.aggregate(Aggregate("flow", (Measure(name, "count"),)))

    assert found.to_pylist() == [{name: 1}]


AT = datetime(2026, 3, 18, tzinfo=UTC)


def _unit(number: int) -> Record:
    return Unit(
        id=f"lt-unit-{number}",
        state=Unit.states[0],
        at=AT,
        author=Author(login="tester"),
        name=f"单位{number}",
    )


def test_records_are_a_dataset(tmp_path: Path) -> None:
    engine = DuckEngine(FileLog(tmp_path, "flow", []), NoRecords([_unit(1), _unit(2)]))
    query = Select("record.unit", Equals("name", "单位2"), ("id", "at", "no such"))

    assert _rows(engine, query) == [{"id": "lt-unit-2", "at": AT, "no such": None}]


def test_records_are_counted(tmp_path: Path) -> None:
    engine = DuckEngine(FileLog(tmp_path, "flow", []), NoRecords([_unit(1), _unit(2)]))
    query = Aggregate("record.unit", (Measure("n", "count"),), ("state",))

    assert engine.aggregate(query).to_pylist() == [{"state": Unit.states[0], "n": 2}]


def test_no_records_are_one_empty_batch(tmp_path: Path) -> None:
    engine = DuckEngine(FileLog(tmp_path, "flow", []), NoRecords())

    assert _rows(engine, Select("record.unit", columns=("id",))) == []
    assert _rows(engine, Select("record.unit")) == []


def test_the_real_log_is_read(home: Path, clock: SetClock) -> None:
    log = DeltaLog(home, "here", clock)
    engine = DuckEngine(log, NoRecords())
    for number in (1, 2):
        rows = pa.RecordBatch.from_pydict(
            {
                "@timestamp": pa.array([clock.now()], pa.timestamp("us", "UTC")),
                "soc.record": pa.array([number], pa.int64()),
                "source.ip": pa.array(["2001:DB8:0::1" if number == 2 else "192.0.2.1"]),
            }
        )
        log.append([Batch(source=5, dataset="flow", rows=rows)])
    window = engine.window("flow", {})
    query = Select(
        "flow", Cidr("source.ip", "2001:db8::/32"), ("event.id", "soc.version"), window=window
    )

    assert _rows(engine, query) == [
        {"event.id": schema.event_id(5, 2), "soc.version": window.upto["here"]}
    ]

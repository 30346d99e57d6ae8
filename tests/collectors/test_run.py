from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from collectors._run import collect_files
from soc.context import Context
from soc.errors import ConfigError
from soc.query import Select
from tests.collectors.ledgers import HEAD, csv_file


def line(number: int, **event: Any) -> bytes:
    base = {
        "timestamp": f"2026-03-18T01:{number:02d}:00.000000+0000",
        "event_type": "alert",
        "src_ip": "198.51.100.9",
        "dest_ip": "192.0.2.7",
        "alert": {"signature_id": number},
    }
    return json.dumps(base | event).encode() + b"\n"


def ids(context: Context) -> list[str]:
    batches = context.engine.select(Select("alert", columns=("rule.id", "event.id")))
    rows = [row for batch in batches for row in batch.to_pylist()]
    assert len({row["event.id"] for row in rows}) == len(rows)
    return sorted(row["rule.id"] for row in rows)


def test_the_same_file_again_stores_nothing_and_counts_the_same(
    context: Context, tmp_path: Path
) -> None:
    path = tmp_path / "eve.json"
    path.write_bytes(line(1) + b"bad\n" + line(2))
    first = collect_files([path], format=None, context=context).figures()

    second = collect_files([path], format=None, context=context).figures()

    assert (first.pop("stored"), second.pop("stored")) == (2, 0)
    assert first == second
    assert first == {
        "format": "suricata",
        "files": 1,
        "records": 2,
        "options": 0,
        "refused": 1,
        "waiting": 0,
    }


def test_the_same_content_under_another_name_is_the_same_file(
    context: Context, tmp_path: Path
) -> None:
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    for path in paths:
        path.write_bytes(line(1))

    assert collect_files(paths, format=None, context=context).stored == 1


def test_a_grown_file_adds_only_its_new_part(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "eve.json"
    path.write_bytes(line(1) + line(2)[:40])
    first = collect_files([path], format=None, context=context)
    path.write_bytes(line(1) + line(2) + line(3))

    second = collect_files([path], format=None, context=context)

    assert (first.stored, first.tally.refused) == (1, 1)
    assert (second.stored, second.tally.records) == (2, 3)
    assert ids(context) == ["1", "2", "3"]


def test_a_file_that_was_written_anew_is_another_one(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "eve.json"
    path.write_bytes(line(1))
    collect_files([path], format=None, context=context)
    path.write_bytes(line(4))

    assert collect_files([path], format=None, context=context).stored == 1
    assert ids(context) == ["1", "4"]


def test_a_file_packed_by_gzip_is_read(context: Context, tmp_path: Path) -> None:
    import gzip

    path = tmp_path / "eve.json.gz"
    path.write_bytes(gzip.compress(line(1)))

    assert collect_files([path], format=None, context=context).stored == 1


def test_files_of_several_formats_are_told_apart(context: Context, tmp_path: Path) -> None:
    eve = tmp_path / "eve.json"
    eve.write_bytes(line(1))
    ledger = csv_file(tmp_path / "a.csv", [HEAD, ("区教育局", "甲", "198.51.100.1", "80")])

    summary = collect_files([eve, ledger], format=None, context=context)

    assert (summary.format, summary.files, summary.tally.records) == ("mixed", 2, 2)


def test_a_file_that_cannot_be_read_stops_no_other(context: Context, tmp_path: Path) -> None:
    good = tmp_path / "eve.json"
    good.write_bytes(line(1))
    bad = [tmp_path / "absent", tmp_path, tmp_path / "empty", tmp_path / "strange"]
    bad[2].touch()
    bad[3].write_bytes(b"\x01\x02\x03")

    summary = collect_files([*bad, good], format=None, context=context)

    assert (summary.files, summary.stored) == (1, 1)
    assert [str(path) for path in bad] == [error.split(":")[0] for error in summary.errors]
    assert all("\n" not in error for error in summary.errors)


def test_a_file_that_fails_while_it_is_read_stops_no_other(
    context: Context, tmp_path: Path
) -> None:
    good = csv_file(tmp_path / "good.csv", [HEAD, ("区教育局", "甲", "198.51.100.1", "80")])
    bad = csv_file(tmp_path / "bad.csv", [("a", "b"), ("c", "d")])

    summary = collect_files([bad, good], format="ledger", context=context)

    assert (summary.files, summary.tally.records) == (1, 1)
    assert str(bad) in summary.errors[0]


def test_an_unknown_format_is_a_setting_that_is_wrong(context: Context, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'nonsense' is not one of"):
        collect_files([tmp_path / "x"], format="nonsense", context=context)


def test_rows_are_labelled_and_attributed(context: Context, tmp_path: Path) -> None:
    from soc._open import refreshed

    ledger = csv_file(tmp_path / "a.csv", [HEAD, ("区教育局", "甲", "192.0.2.7", "80")])
    context.jobs.run("import ledger", {"paths": [ledger], "zone": "公用网络区"}, context)
    path = tmp_path / "eve.json"
    path.write_bytes(line(1))
    collect_files(
        [path],
        format=None,
        context=refreshed(context),
        observer="ids-1",
        zone="公用网络区",
        origin="simulated",
    )

    (row,) = [row for batch in context.engine.select(Select("alert")) for row in batch.to_pylist()]

    assert (row["observer.name"], row["soc.origin"]) == ("ids-1", "simulated")
    (unit,) = context.store.records.find("unit")
    assert (row["soc.destination.unit"], row["soc.destination.zone"]) == (unit.id, "公用网络区")


def test_the_job_is_partial_where_a_file_was_left_out(context: Context, tmp_path: Path) -> None:
    good = tmp_path / "eve.json"
    good.write_bytes(line(1))

    outcome = context.jobs.run("collect", {"paths": [good, tmp_path / "absent"]}, context)

    assert outcome.result == "partial"
    assert outcome.value["stored"] == 1
    assert len(outcome.errors) == 1

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from collectors._commands import assets, collect, units
from soc._open import refreshed
from soc.context import Context
from tests.collectors.ledgers import HEAD, csv_file
from tests.collectors.test_run import line


def run(context: Context, app: Any, *arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), obj=lambda: refreshed(context))


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    rows = [HEAD, ("区教育局", "甲", "198.51.100.1", "80"), ("区教育局", "乙", "01.2.3.4", "80")]
    return csv_file(tmp_path / "a.csv", rows)


def test_collect_file_prints_one_object(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "eve.json"
    path.write_bytes(line(1))

    result = run(context, collect.app, "file", str(path), "--as", "suricata", "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "format": "suricata",
        "files": 1,
        "records": 1,
        "options": 0,
        "stored": 1,
        "refused": 0,
        "waiting": 0,
    }


def test_a_file_that_cannot_be_read_is_one_line_on_stderr_and_exit_code_3(
    context: Context, tmp_path: Path
) -> None:
    path = tmp_path / "eve.json"
    path.write_bytes(line(1))

    result = run(context, collect.app, "file", str(tmp_path / "absent"), str(path), "--json")

    assert result.exit_code == 3
    assert json.loads(result.stdout)["stored"] == 1
    assert result.stderr.count("\n") == 1
    assert str(tmp_path / "absent") in result.stderr


def test_figures_are_told_to_people_in_words(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "eve.json"
    path.write_bytes(line(1))

    assert "Rows new in the log" in run(context, collect.app, "file", str(path)).stdout


def test_collect_list_is_a_list_of_objects_with_a_name(context: Context) -> None:
    found = json.loads(run(context, collect.app, "list", "--json").stdout)

    assert {"ledger", "suricata"} <= {row["name"] for row in found}
    assert "suricata" in run(context, collect.app, "list").stdout


def test_collect_status_prints_a_list(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "eve.json"
    path.write_bytes(line(1))
    run(context, collect.app, "file", str(path), "--observer", "ids-1")

    assert [
        row["name"] for row in json.loads(run(context, collect.app, "status", "--json").stdout)
    ] == ["ids-1"]
    assert "ids-1" in run(context, collect.app, "status").stdout


def test_assets_import_prints_one_object(context: Context, ledger: Path) -> None:
    result = run(context, assets.app, "import", str(ledger), "--json")

    value = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (value["files"], value["rows"], value["added"], value["refused"]) == (1, 2, 1, 1)
    assert {"row", "value", "remedy"} <= value["errors"][0].keys()
    assert {"changed", "unchanged"} <= value.keys()


def test_a_refused_row_is_told_to_people_with_its_place(context: Context, ledger: Path) -> None:
    assert "a.csv:3 address '01.2.3.4'" in run(context, assets.app, "import", str(ledger)).stdout


def test_a_broken_workbook_is_one_line_and_exit_code_3(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK\x03\x04nothing")

    result = run(context, assets.app, "import", str(path), "--json")

    assert result.exit_code == 3
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("as_json", [["--json"], []])
def test_assets_and_units_are_listed_shown_and_asked_for(
    context: Context, ledger: Path, as_json: list[str]
) -> None:
    run(context, assets.app, "import", str(ledger), "--zone", "公用网络区")
    listed = json.loads(run(context, assets.app, "list", "--json").stdout)

    asked = [
        run(context, assets.app, "list", *as_json),
        run(context, assets.app, "show", listed[0]["id"], *as_json),
        run(context, assets.app, "who", "198.51.100.1", "--zone", "公用网络区", *as_json),
        run(context, units.app, "list", *as_json),
        run(context, units.app, "show", "区教育局", *as_json),
    ]

    assert [result.exit_code for result in asked] == [0] * 5
    assert all("甲" in result.stdout for result in (asked[0], asked[1], asked[2], asked[4]))
    assert "区教育局" in asked[3].stdout


def test_an_address_of_nobody_is_said_in_words(context: Context) -> None:
    assert "does not hold" in run(context, assets.app, "who", "203.0.113.9").stdout

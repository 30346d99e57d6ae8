from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from soc.context import Context
from soc.errors import InputError
from tests.collectors.ledgers import HEAD, csv_file, workbook

ROWS = [
    HEAD,
    ("区教育局", "学籍系统", "198.51.100.10", "443"),
    ("区教育局", "招生系统", "198.51.100.11", "8080"),
    ("区卫健局", "预约系统", "2001:db8::7", "443"),
]


def imported(context: Context, path: Path, **more: Any) -> dict[str, Any]:
    params = {"paths": [path], **more}
    return dict(context.jobs.run("import ledger", params, context).value)


def test_a_row_that_comes_twice_is_taken_once_and_counted(context: Context, tmp_path: Path) -> None:
    head = ("序号", *HEAD)
    rows = [head, ("1", *ROWS[1]), ("2", *ROWS[1])]

    value = imported(context, csv_file(tmp_path / "a.csv", rows))

    assert (value["rows"], value["added"], value["duplicates"]) == (2, 1, 1)


def test_a_hidden_row_is_taken_and_flagged(context: Context, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", ROWS)
    book = load_workbook(path)
    book.worksheets[0].row_dimensions[3].hidden = True
    book.save(path)

    value = imported(context, path)

    assert value["added"] == 3
    assert [(note["row"], note["remedy"]) for note in value["notes"]] == [(3, "hidden row")]


def test_nothing_is_imported_where_the_refused_rows_cannot_be_written(
    context: Context, tmp_path: Path
) -> None:
    path = csv_file(tmp_path / "a.csv", ROWS)

    with pytest.raises(InputError, match="a folder you can write"):
        imported(context, path, rejects=tmp_path / "no folder" / "out.xlsx")

    assert list(context.store.records.find("asset")) == []

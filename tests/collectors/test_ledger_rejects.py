from __future__ import annotations

from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from soc.context import Context
from tests.collectors.ledgers import HEAD, csv_file, workbook

GOOD = ("区教育局", "学籍系统", "198.51.100.10", "443")


def rejected(context: Context, path: Path, out: Path) -> dict[str, list[tuple[Any, ...]]]:
    params = {"paths": [path], "rejects": out}
    context.jobs.run("import ledger", params, context)
    book = load_workbook(out)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


def test_refused_rows_come_back_in_the_layout_of_the_file_with_reason_and_correction(
    context: Context, tmp_path: Path
) -> None:
    head = ("序号", "自定义列", *HEAD)
    rows = [
        ("澜汀区台账", "", "", "", "", ""),
        head,
        (1, "甲", *GOOD),
        (2, "乙", "区教育局", "招生系统", "010.1.1.1", "80"),
    ]
    path = workbook(tmp_path / "a.xlsx", rows, merged=["A1:F1"])

    sheets = rejected(context, path, tmp_path / "out.xlsx")

    title, heading, row = sheets["台账"]
    assert title[0] == "澜汀区台账"
    assert heading == (*head, "原表行号", "退回原因", "修改建议")
    assert row[:7] == (2, "乙", "区教育局", "招生系统", "010.1.1.1", "80", 4)
    assert "IP地址“010.1.1.1”" in row[7]
    assert "10.1.1.1" in row[8]


def test_of_a_secret_row_the_workbook_holds_its_number_and_reason_only(
    context: Context, tmp_path: Path
) -> None:
    rows = [(*HEAD, "密级"), ("隐秘单位甲", "隐秘系统乙", "192.0.2.9", "80", "机密")]
    path = workbook(tmp_path / "a.xlsx", rows)
    out = tmp_path / "out.xlsx"

    sheets = rejected(context, path, out)

    assert list(sheets) == ["不予接收"]
    cells = [cell for row in sheets["不予接收"] for cell in row]
    assert 2 in cells
    assert not [c for c in cells if "隐秘" in str(c) or "192.0.2.9" in str(c)]


def test_a_cell_that_begins_a_formula_is_neutralised(context: Context, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [HEAD, ("=1+1", "@x", "bad", "80")])

    sheets = rejected(context, path, tmp_path / "out.xlsx")

    assert sheets["a"][1][:2] == ("'=1+1", "'@x")


def test_a_corrected_workbook_is_taken_as_it_is(context: Context, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [HEAD, GOOD, ("区教育局", "招生系统", "198.51.100", 80)])
    out = tmp_path / "out.xlsx"
    rejected(context, path, out)
    book = load_workbook(out)
    book.worksheets[0].cell(2, 3).value = "198.51.100.11"
    book.save(out)

    value = context.jobs.run("import ledger", {"paths": [out]}, context).value

    assert (value["rows"], value["added"], value["refused"]) == (1, 1, 0)

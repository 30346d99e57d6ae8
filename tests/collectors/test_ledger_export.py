from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from collectors._ledger_export import export
from soc.context import Context
from soc.errors import InputError, ScopeError
from tests.collectors.ledgers import HEAD, csv_file

LONG = (
    *HEAD,
    *("责任人", "责任人电话", "网络区域", "等保级别", "状态", "资产类型", "操作系统", "数据库"),
    *("域名", "上线时间", "是否关基", "公网IP", "VIP"),
)
ROWS = [
    LONG,
    (
        *("区教育局", "学籍系统", "198.51.100.10、198.51.100.12", "443、53/udp", "周启明"),
        *("13800000001", "公用网络区", "三级", "备用", "服务器", "openEuler 22.03", "MySQL"),
        *("a.example.cn", "2020-03-01", "否", "203.0.113.5:8443", "198.51.100.99"),
    ),
    (
        *("区卫健局", "预约系统", "2001:db8::7", "", "林若溪", "+86 13800000002", "", "", ""),
        *("自助终端", "", "", "", "", "", "", ""),
    ),
    (*("区卫健局", "归档系统", "", "", "", "", "", "", "停用"), *[""] * 8),
    (*("区卫健局", "公文系统", "", "", "", "", "", "二级", ""), *[""] * 8),
]


def imported(context: Context, path: Path) -> dict[str, Any]:
    return dict(context.jobs.run("import ledger", {"paths": [path]}, context).value)


@pytest.mark.parametrize("name", ["out.xlsx", "out.csv"])
def test_an_export_that_is_imported_changes_nothing(
    context: Context, tmp_path: Path, name: str
) -> None:
    imported(context, csv_file(tmp_path / "a.csv", ROWS))
    out = tmp_path / name

    told = export(context, out, None, personal=True)
    again = imported(context, out)

    assert told["rows"] == 3
    assert (again["errors"], again["import"]) == ([], None)


def test_people_are_masked_and_a_masked_file_changes_nobody(
    context: Context, tmp_path: Path
) -> None:
    imported(context, csv_file(tmp_path / "a.csv", ROWS))
    out = tmp_path / "out.csv"

    export(context, out, None, personal=False)

    text = out.read_text(encoding="utf-8-sig")
    assert "***" in text
    assert not [word for word in ("周启明", "林若溪", "1380000") if word in text]
    assert imported(context, out)["import"] is None


def test_personal_fields_need_the_right_and_a_refusal_is_audited(
    context: Context, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    reader = replace(context, actor=replace(context.actor, rights=frozenset()))

    with pytest.raises(ScopeError, match="may not admin"):
        export(reader, out, None, personal=True)

    assert not out.exists()
    assert [e for e in context.store.audit.entries() if e["action"] == "refused"]


def test_one_unit_may_be_exported_alone(context: Context, tmp_path: Path) -> None:
    imported(context, csv_file(tmp_path / "a.csv", ROWS))
    unit = next(u.id for u in context.store.records.find("unit") if u.name == "区教育局")  # type: ignore[attr-defined]

    export(context, tmp_path / "out.xlsx", unit, personal=False)

    sheet = load_workbook(tmp_path / "out.xlsx").worksheets[0]
    heading, *rows = sheet.iter_rows(values_only=True)
    assert heading[0] == "单位名称"
    assert [row[0] for row in rows] == ["区教育局"]


def test_a_text_that_begins_a_formula_is_neutralised(context: Context, tmp_path: Path) -> None:
    row = ("区教育局", "=cmd()", "198.51.100.10", "443")
    imported(context, csv_file(tmp_path / "a.csv", [HEAD, row]))

    export(context, tmp_path / "out.csv", None, personal=False)

    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as stream:
        cells = [cell for line in csv.reader(stream) for cell in line]
    assert "'=cmd()" in cells


def test_another_suffix_is_refused(context: Context, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.xlsx or \.csv"):
        export(context, tmp_path / "out.pdf", None, personal=False)

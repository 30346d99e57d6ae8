from __future__ import annotations

from pathlib import Path
from typing import Any

from collectors._ledger_diff import preview
from collectors.ledger import Settings
from soc.context import Context
from tests.collectors.ledgers import HEAD, csv_file

FIRST = ("区教育局", "学籍系统", "198.51.100.10", "443")
SECOND = ("区教育局", "招生系统", "198.51.100.11", "443")
OTHER = ("区卫健局", "预约系统", "2001:db8::7", "443")
PEOPLE = (*HEAD, "责任人", "责任人电话", "部署位置")


def imported(context: Context, path: Path) -> None:
    context.jobs.run("import ledger", {"paths": [path]}, context)


def previewed(context: Context, path: Path) -> dict[str, Any]:
    return preview(Settings(paths=(path,)), context, None)


def test_a_preview_says_what_would_be_new_and_stores_nothing(
    context: Context, tmp_path: Path
) -> None:
    found = previewed(context, csv_file(tmp_path / "a.csv", [HEAD, FIRST]))

    kinds = [line["kind"] for line in found["added"]]
    assert kinds == ["unit", "system", "asset"]
    assert found["changed"] == found["missing"] == []
    assert list(context.store.records.find("asset")) == []


def test_a_change_is_told_field_by_field_and_people_are_masked(
    context: Context, tmp_path: Path
) -> None:
    old = (*FIRST, "周启明", "13800000001", "一号机房")
    new = (*FIRST, "周启明", "13800000002", "二号机房")
    imported(context, csv_file(tmp_path / "a.csv", [PEOPLE, old]))

    found = previewed(context, csv_file(tmp_path / "b.csv", [PEOPLE, new]))

    fields = {line["kind"]: line["fields"] for line in found["changed"]}
    assert fields == {
        "contact": [{"field": "phone", "before": "***", "after": "***"}],
        "asset": [{"field": "location", "before": "一号机房", "after": "二号机房"}],
    }
    assert "周启明" not in str(found)


def test_what_a_ledger_of_the_unit_no_longer_lists_is_missing_and_stays(
    context: Context, tmp_path: Path
) -> None:
    imported(context, csv_file(tmp_path / "a.csv", [HEAD, FIRST, SECOND, OTHER]))
    path = csv_file(tmp_path / "b.csv", [HEAD, FIRST])

    found = previewed(context, path)
    imported(context, path)

    missing = [(line["kind"], line["name"]) for line in found["missing"]]
    assert missing == [("system", "招生系统"), ("asset", "招生系统")]
    assert {record.state for record in context.store.records.find("asset")} == {"active"}


def test_what_a_refused_row_is_about_is_not_missing(context: Context, tmp_path: Path) -> None:
    imported(context, csv_file(tmp_path / "a.csv", [HEAD, FIRST, SECOND]))
    bad = ("区教育局", "招生系统", "198.51.100.999", "443")

    found = previewed(context, csv_file(tmp_path / "b.csv", [HEAD, FIRST, bad]))

    assert (found["missing"], found["refused"]) == ([], 1)


def test_a_conflict_that_the_file_brings_is_new(context: Context, tmp_path: Path) -> None:
    imported(context, csv_file(tmp_path / "a.csv", [HEAD, FIRST]))
    claim = ("区卫健局", "挂号系统", "198.51.100.10", "443")
    path = csv_file(tmp_path / "b.csv", [HEAD, claim])

    before = previewed(context, path)
    imported(context, path)
    after = previewed(context, path)

    assert [c["new"] for c in before["conflicts"]] == [True]
    assert [c["new"] for c in after["conflicts"]] == [False]

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from soc.context import Context
from soc.errors import InputError
from soc.records.asset import Asset
from soc.records.unit import Unit
from soc.store import Change
from tests.collectors.ledgers import HEAD, csv_file

FIRST = ("区教育局", "学籍系统", "198.51.100.10", "443")
SECOND = ("区教育局", "招生系统", "198.51.100.11", "443")
OTHER = ("区卫健局", "预约系统", "2001:db8::7", "443")
PLACE = (*HEAD, "部署位置")


def imported(context: Context, path: Path) -> dict[str, Any]:
    return dict(context.jobs.run("import ledger", {"paths": [path]}, context).value)


def undone(context: Context, number: str | None = None) -> dict[str, Any]:
    params = {"number": number, "reason": "报错了单位"}
    return dict(context.jobs.run("undo ledger", params, context).value)


def states(context: Context, kind: str) -> dict[str, str]:
    found = context.store.records.find(kind)
    return {str(getattr(record, "name", "")): record.state for record in found}


def test_an_import_has_a_number_and_one_that_changes_nothing_has_none(
    context: Context, tmp_path: Path
) -> None:
    path = csv_file(tmp_path / "a.csv", [HEAD, FIRST])

    assert imported(context, path)["import"] == "DR-2026-001"
    assert imported(context, path)["import"] is None


def test_what_an_import_added_is_withdrawn_and_its_history_stays(
    context: Context, tmp_path: Path
) -> None:
    imported(context, csv_file(tmp_path / "a.csv", [HEAD, FIRST]))
    imported(context, csv_file(tmp_path / "b.csv", [HEAD, OTHER]))

    value = undone(context)

    assert (value["import"], value["withdrawn"], value["left"]) == ("DR-2026-002", 3, [])
    assert states(context, "unit") == {"区教育局": "active", "区卫健局": "dissolved"}
    assert states(context, "asset") == {"学籍系统": "active", "预约系统": "retired"}
    (gone,) = (r for r in context.store.records.find("asset") if r.state == "retired")
    assert len(context.store.records.history("asset", gone.id)) == 2
    assert gone.reason == "ledger undo DR-2026-002: 报错了单位"


def test_what_an_import_changed_is_as_before(context: Context, tmp_path: Path) -> None:
    imported(context, csv_file(tmp_path / "a.csv", [PLACE, (*FIRST, "一号机房")]))
    imported(context, csv_file(tmp_path / "b.csv", [PLACE, (*FIRST, "二号机房")]))

    value = undone(context, "DR-2026-002")

    (asset,) = context.store.records.find("asset")
    assert isinstance(asset, Asset)
    assert (value["restored"], value["withdrawn"]) == (1, 0)
    assert (asset.location, asset.revision) == ("一号机房", 3)


def test_a_record_that_somebody_changed_since_is_left_alone_and_listed(
    context: Context, tmp_path: Path
) -> None:
    imported(context, csv_file(tmp_path / "a.csv", [HEAD, FIRST]))
    (asset,) = context.store.records.find("asset")
    assert isinstance(asset, Asset)
    by_hand = replace(asset, os="openEuler", reason="现场核实")
    context.store.records.apply([Change("by hand", by_hand, 1)])

    value = undone(context)

    kept = [(line["kind"], line["why"]) for line in value["left"]]
    assert kept == [("unit", "in_use"), ("system", "in_use"), ("asset", "changed")]
    assert states(context, "asset") == {"学籍系统": "active"}


def test_imports_can_be_undone_one_after_the_other(context: Context, tmp_path: Path) -> None:
    for place in ("一号机房", "二号机房", "三号机房"):
        imported(context, csv_file(tmp_path / "a.csv", [PLACE, (*FIRST, place)]))

    undone(context)
    undone(context)

    (asset,) = context.store.records.find("asset")
    assert isinstance(asset, Asset)
    assert asset.location == "一号机房"


def test_a_file_that_comes_again_after_its_undo_is_taken_as_new(
    context: Context, tmp_path: Path
) -> None:
    path = csv_file(tmp_path / "a.csv", [HEAD, FIRST, SECOND])
    imported(context, path)
    undone(context)

    value = imported(context, path)

    assert (value["added"], value["import"]) == (2, "DR-2026-002")
    assert set(states(context, "asset").values()) == {"active"}
    assert states(context, "unit") == {"区教育局": "active"}


def test_a_unit_that_a_later_import_uses_stays(context: Context, tmp_path: Path) -> None:
    imported(context, csv_file(tmp_path / "a.csv", [HEAD, FIRST]))
    imported(context, csv_file(tmp_path / "b.csv", [HEAD, SECOND]))

    value = undone(context, "DR-2026-001")

    assert [(line["name"], line["why"]) for line in value["left"]] == [("区教育局", "in_use")]
    (unit,) = context.store.records.find("unit")
    assert isinstance(unit, Unit)
    assert unit.state == "active"


def test_an_import_that_is_unknown_or_undone_is_no_import_to_undo(
    context: Context, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="no import to take back"):
        undone(context)
    imported(context, csv_file(tmp_path / "a.csv", [HEAD, FIRST]))
    with pytest.raises(InputError, match="there is none"):
        undone(context, "DR-2020-009")
    undone(context)
    with pytest.raises(InputError, match="undone already"):
        undone(context, "DR-2026-001")


def test_a_ledger_that_collect_read_can_be_undone(context: Context, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [HEAD, FIRST])
    context.jobs.run("collect", {"paths": [path]}, context)

    value = undone(context)

    assert (value["import"], value["withdrawn"]) == ("DR-2026-001", 3)

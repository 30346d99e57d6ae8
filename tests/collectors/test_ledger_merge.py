from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from collectors._ledger_merge import standing
from soc.context import Context
from soc.errors import InputError
from soc.records.asset import Asset
from tests.collectors.ledgers import HEAD, csv_file

OLD = ("区教育局", "学籍系统", "198.51.100.10", "443")
NEW = ("区教育局", "学籍系统", "198.51.100.20", "443")


def imported(context: Context, path: Path) -> dict[str, Any]:
    return dict(context.jobs.run("import ledger", {"paths": [path]}, context).value)


def two(context: Context, folder: Path) -> tuple[str, str]:
    """Ids of the assets of one system, the older one first."""
    imported(context, csv_file(folder / "old.csv", [HEAD, OLD]))
    (found,) = imported(context, csv_file(folder / "new.csv", [HEAD, NEW]))["merges"]
    by_address = {asset["addresses"][0]: asset["id"] for asset in found["assets"]}
    return by_address["198.51.100.10"], by_address["198.51.100.20"]


def asset(context: Context, id: str) -> Asset:
    found = context.store.records.get("asset", id)
    assert isinstance(found, Asset)
    return found


def test_one_system_at_another_address_is_a_suggestion_and_nothing_is_merged(
    context: Context, tmp_path: Path
) -> None:
    old, new = two(context, tmp_path)

    (found,) = standing(context)

    assert (found["unit"], found["system"]) == ("区教育局", "学籍系统")
    assert {each["id"] for each in found["assets"]} == {old, new}
    assert {asset(context, id).state for id in (old, new)} == {"active"}


def test_machines_with_names_of_their_own_and_systems_of_other_units_are_no_suggestion(
    context: Context, tmp_path: Path
) -> None:
    rows = [
        (*HEAD, "主机名"),
        (*OLD, "web-1"),
        (*NEW, "web-2"),
        ("区卫健局", "学籍系统", "198.51.100.30", "443", "web-1"),
    ]

    assert imported(context, csv_file(tmp_path / "a.csv", rows))["merges"] == []
    assert standing(context) == []


def test_merged_is_one_asset_with_both_addresses_and_stays_one_when_imported_again(
    context: Context, tmp_path: Path
) -> None:
    old, new = two(context, tmp_path)

    context.jobs.run("merge assets", {"keep": old, "others": [new]}, context)
    again = imported(context, csv_file(tmp_path / "again.csv", [HEAD, OLD, NEW]))

    addresses = {endpoint.address for endpoint in asset(context, old).endpoints}
    assert addresses == {"198.51.100.10", "198.51.100.20"}
    assert asset(context, new).state == "retired"
    assert (standing(context), again["merges"], again["added"]) == ([], [], 0)


def test_a_merge_is_undone_as_an_import_is(context: Context, tmp_path: Path) -> None:
    old, new = two(context, tmp_path)
    no = context.jobs.run("merge assets", {"keep": old, "others": [new]}, context).value["import"]

    undone = context.jobs.run("undo ledger", {"number": no, "reason": "两台机器"}, context).value

    assert (undone["restored"], undone["left"]) == (2, [])
    assert [len(asset(context, id).endpoints) for id in (old, new)] == [1, 1]
    assert len(standing(context)) == 1


def test_assets_of_two_units_are_not_merged(context: Context, tmp_path: Path) -> None:
    other = ("区卫健局", "挂号系统", "198.51.100.30", "443")
    imported(context, csv_file(tmp_path / "a.csv", [HEAD, OLD, other]))
    keep, lost = [found.id for found in context.store.records.find("asset")]

    with pytest.raises(InputError, match="another unit"):
        context.jobs.run("merge assets", {"keep": keep, "others": [lost]}, context)

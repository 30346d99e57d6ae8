from __future__ import annotations

from pathlib import Path

import pytest

from collectors._registry import asset, assets, unit, units, who
from soc._open import refreshed
from soc.context import Context
from soc.errors import InputError
from tests.collectors.ledgers import HEAD, csv_file


@pytest.fixture
def filled(context: Context, tmp_path: Path) -> Context:
    head = (*HEAD, "责任人")
    rows = [
        ("区教育局", "学籍系统", "198.51.100.10", "443", "周启明"),
        ("区教育局", "招生系统", "2001:db8::7", "80", "林若溪"),
        ("区卫健局", "预约系统", "198.51.100.20", "443", "周启明"),
    ]
    path = csv_file(tmp_path / "a.csv", [head, *rows])
    context.jobs.run("import ledger", {"paths": [path], "zone": "公用网络区"}, context)
    return refreshed(context)


def test_assets_are_listed_by_unit(filled: Context) -> None:
    rows = assets(filled, unit="区教育局")

    assert [row["name"] for row in rows] == ["学籍系统", "招生系统"]
    assert rows[1]["endpoints"] == ["公用网络区 [2001:db8::7]:80/tcp"]


def test_assets_are_listed_by_zone_and_name(filled: Context) -> None:
    assert len(assets(filled, zone="公用网络区")) == 3
    assert assets(filled, zone="别处") == []
    assert [row["name"] for row in assets(filled, name="预约")] == ["预约系统"]


def test_a_unit_tells_its_people_and_systems(filled: Context) -> None:
    found = unit(filled, "区教育局")

    assert {contact["name"] for contact in found["contacts"]} == {"周启明", "林若溪"}
    assert {system["name"] for system in found["systems"]} == {"学籍系统", "招生系统"}


def test_units_are_listed_with_counts(filled: Context) -> None:
    rows = {row["name"]: (row["systems"], row["assets"]) for row in units(filled)}

    assert rows == {"区教育局": (2, 2), "区卫健局": (1, 1)}


def test_an_address_is_traced_to_unit_asset_and_system(filled: Context) -> None:
    told = who(filled, "198.51.100.20", "公用网络区")

    assert (told["found"], told["unit_name"], told["system_name"]) == (True, "区卫健局", "预约系统")
    assert asset(filled, told["asset"])["name"] == "预约系统"


def test_an_address_that_nobody_registered_is_said_to_be_so(filled: Context) -> None:
    assert who(filled, "203.0.113.1")["found"] is False


@pytest.mark.parametrize("ask", [lambda c: asset(c, "x"), lambda c: unit(c, "没有的单位")])
def test_what_is_not_there_is_one_clear_line(filled: Context, ask: object) -> None:
    assert callable(ask)
    with pytest.raises(InputError, match="there is none"):
        ask(filled)

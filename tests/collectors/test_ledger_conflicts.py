from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from collectors._registry import conflicts, who
from soc._open import refreshed
from soc.context import Context
from soc.register import put_zone
from tests.collectors.ledgers import HEAD, csv_file
from tests.conftest import NOW, SetClock

FIRST = ("区教育局", "学籍系统", "198.51.100.10", "443")
CLAIM = ("区卫健局", "挂号系统", "198.51.100.10", "443")


def imported(context: Context, path: Path, zone: str | None = None) -> None:
    context.jobs.run("import ledger", {"paths": [path], "zone": zone}, context)


def test_an_endpoint_of_two_units_is_listed_with_both_and_since_the_second_claim(
    context: Context, clock: SetClock, tmp_path: Path
) -> None:
    imported(context, csv_file(tmp_path / "a.csv", [HEAD, FIRST]))
    clock.advance(hours=2)
    imported(context, csv_file(tmp_path / "b.csv", [HEAD, CLAIM]))

    (found,) = conflicts(context)

    assert (found["address"], found["port"]) == ("198.51.100.10", 443)
    assert {unit["name"] for unit in found["units"]} == {"区教育局", "区卫健局"}
    assert found["since"] == NOW + timedelta(hours=2)


def test_an_address_without_zone_contradicts_one_in_the_public_zone_around_it(
    context: Context, tmp_path: Path
) -> None:
    put_zone("互联网区", ["198.51.100.0/24"], context)
    imported(context, csv_file(tmp_path / "a.csv", [HEAD, FIRST]), zone="互联网区")
    imported(context, csv_file(tmp_path / "b.csv", [HEAD, CLAIM]))

    assert [found["zone"] for found in conflicts(context)] == ["互联网区"]


def test_other_ports_of_one_address_are_no_conflict(context: Context, tmp_path: Path) -> None:
    other = (*CLAIM[:3], "8443")

    imported(context, csv_file(tmp_path / "a.csv", [HEAD, FIRST, other]))

    assert conflicts(context) == []


def test_a_disputed_address_has_no_unit_and_names_every_claim(
    context: Context, tmp_path: Path
) -> None:
    imported(context, csv_file(tmp_path / "a.csv", [HEAD, FIRST, CLAIM]), zone="互联网区")

    told = who(refreshed(context), "198.51.100.10", "互联网区")

    assert (told["found"], told["unit"], told["disputed"]) == (True, None, True)
    assert {claim["unit_name"] for claim in told["claims"]} == {"区教育局", "区卫健局"}

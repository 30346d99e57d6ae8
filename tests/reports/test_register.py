from __future__ import annotations

from pathlib import Path

import pytest

from reports import ReportParams
from reports._register import Asked, found_again, listed, shown
from reports._run import run
from soc.errors import ConfigError, InputError
from tests.soc.metrics._world import DAY, World, at, busy


def reported(out: Path) -> World:
    world = busy()
    run("daily", ReportParams(date=DAY, out=out, formats=("html",)), world.context)
    return world


def test_a_report_that_later_rows_fall_into_is_outdated(tmp_path: Path) -> None:
    world = reported(tmp_path)

    assert [each["state"] for each in listed(world.context)] == ["current"]
    world.blocked(10)
    assert [each["state"] for each in listed(world.context)] == ["outdated"]


def test_the_newest_edition_comes_first(tmp_path: Path) -> None:
    world = reported(tmp_path)
    world.blocked(10)
    world.now = at(60)
    run("daily", ReportParams(date=DAY, out=tmp_path, formats=("html",)), world.context)

    found = [(each["edition"], each["state"]) for each in listed(world.context)]

    assert found == [(2, "current"), (1, "superseded")]


def test_a_report_shows_what_its_numbers_rest_on(tmp_path: Path) -> None:
    world = reported(tmp_path)

    found = shown(listed(world.context)[0]["id"], world.context)

    assert found["values"]["attacks_blocked"] == 240
    assert found["watermarks"]["alert"] == {"test": 319}


def test_an_unknown_report_is_named_with_the_way_to_the_known_ones() -> None:
    with pytest.raises(InputError, match="soc report list"):
        shown("x", World().context)


def test_a_number_of_a_report_is_found_again(tmp_path: Path) -> None:
    world = reported(tmp_path)

    found = found_again(Asked("attacks_blocked", DAY.isoformat()), world.context, "zh")

    assert (found["value"], found["shown"]) == (240, "240次")
    assert "去重" in found["rule"]


def test_a_day_that_is_none_is_an_error_with_a_remedy() -> None:
    with pytest.raises(InputError, match="write it as 2026-03-18"):
        found_again(Asked("matches", "yesterday"), World().context, "zh")


def test_an_unknown_metric_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="attacks_blocked"):
        found_again(Asked("nothing"), World(now=at(30)).context, "zh")

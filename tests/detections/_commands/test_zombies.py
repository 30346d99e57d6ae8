"""``soc zombies`` and ``soc shadow`` on a real store."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from detections._commands.shadow import app as shadow_app
from detections._commands.zombies import app
from soc.context import Context
from tests.detections.estate import system, use, weekly
from tests.detections.events import append
from tests.detections.test_shadow import flow, site  # noqa: F401
from tests.e2e.test_json_keys import table, told

DEAD = {"owner": None, "maintained_on": date(2023, 5, 1)}


@pytest.fixture
def dead(context: Context) -> Context:
    system(context, "老报名系统", ("192.0.2.10", 80), asset=DEAD)
    use(context, "192.0.2.10", 80, [0] * 200)
    weekly(context, {"192.0.2.10": [80]})
    return context


def soc(context: Context, app: Typer, *arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), obj=lambda: context)


def json_of(context: Context, app: Typer, *arguments: str) -> Any:
    result = soc(context, app, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_verdicts_are_made_listed_and_shown(dead: Context) -> None:
    counts = json_of(dead, app, "evaluate")

    (line,) = json_of(dead, app, "list")
    details = json_of(dead, app, "show", "老报名系统")

    assert (counts["systems"], counts["suspected"], counts["shadow"]) == (1, 1, 0)
    assert (line["class"], line["candidate"], line["score"]) == ("suspected", "zombie", 61)
    assert line["unit"] == "区教育局"
    assert line["completeness"] == 1.0
    assert line["evidence"][1] == "no owner, or one who left or cannot be rung (+10 points)"
    assert line.items() <= details.items()
    assert [h["class"] for h in details["history"]] == ["suspected"]
    assert details["signals"][0]["rule"] == "passive.none_long"


def test_people_see_tables(dead: Context) -> None:
    assert soc(dead, app, "evaluate").exit_code == 0
    assert "Suspected zombie" in soc(dead, app, "list").stdout
    assert "老报名系统" in soc(dead, app, "show", "老报名系统").stdout
    assert soc(dead, app, "list", "--class", "asleep").exit_code != 0


def test_a_declaration_is_entered(dead: Context) -> None:
    options = ("--pattern", "annual", "--until", "2026-12-31", "--reason", "年报系统")

    view = json_of(dead, app, "declare", "老报名系统", *options)

    assert (view["pattern"], view["until"], view["approver"]) == ("annual", "2026-12-31", "周启明")
    assert "annual" in soc(dead, app, "declare", "老报名系统", *options).stdout
    json_of(dead, app, "evaluate")
    assert json_of(dead, app, "list", "--class", "active")[0]["capped_by"] == "declared"


def test_shadows_are_listed(site: Context) -> None:  # noqa: F811
    append(site, "flow", [flow(1), flow(2)])
    json_of(site, app, "evaluate")

    found = json_of(site, shadow_app, "list")

    assert told("shadow list", found, table()["shadow list"]) == []
    (line,) = found

    assert (line["address"], line["zone"], line["ports"]) == ("198.18.5.9", "公用网络区", [8848])
    assert line["sources"] == ["flows 2 d"]
    assert "198.18.5.9" in soc(site, shadow_app, "list").stdout

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from playbooks._commands.drill import app

if TYPE_CHECKING:
    from soc.context import Context

SPAN = ("--from", "2026-03-18", "--to", "2026-03-18")


def soc(context: Context, *arguments: str, code: int = 0) -> Any:
    """What ``soc drill …`` prints."""
    done = CliRunner().invoke(app, arguments, obj=lambda: context)
    assert done.exit_code == code, done.output
    return json.loads(done.stdout) if "--json" in arguments else done.stdout


def test_a_drill_from_register_to_report(context: Context, tmp_path: Path) -> None:
    made = soc(context, "new", "听潮-2026", *SPAN, "--role", "defender", "--json")
    said = soc(context, "log", made["no"], "监测组到岗", "--stage", "prepare", "--json")
    timeline = soc(context, "timeline", made["no"], "--json")
    report = soc(
        context, "report", made["no"], "--out", str(tmp_path), "--format", "html", "--json"
    )
    closed = soc(context, "close", made["no"], "--json")

    assert [each["what"] for each in timeline] == ["begins", "logged", "ends"]
    assert timeline[1]["record"] == said["id"]
    assert Path(report["files"][0]["path"]).is_file()
    assert closed["state"] == "closed"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("list",), "听潮-2026"),
        (("show", "听潮-2026"), "no data"),
        (("timeline", "听潮-2026"), "监测组到岗"),
    ],
)
def test_people_get_text(context: Context, command: tuple[str, ...], told: str) -> None:
    soc(context, "new", "听潮-2026", *SPAN)
    soc(context, "log", "听潮-2026", "监测组到岗", "--stage", "prepare")

    assert told in soc(context, *command)


def test_the_check_fails_until_nothing_is_missing(context: Context) -> None:
    soc(context, "new", "蓝湾-2026", *SPAN)
    lacking = soc(context, "check", "蓝湾-2026", "--json", code=1)

    assert not lacking["ok"]
    assert "No organiser" in soc(context, "check", "蓝湾-2026", code=1)

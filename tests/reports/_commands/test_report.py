from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from reports._commands.report import app

if TYPE_CHECKING:
    from soc.context import Context

KEYS = {
    "report",
    "name",
    "edition",
    "is_new",
    "period",
    "as_of",
    "files",
    "coverage",
    "numbers",
    "changed",
    "missing_glyphs",
}


def soc(context: Context, *arguments: str) -> Any:
    """The JSON document that ``soc report …`` prints."""
    done = CliRunner().invoke(app, [*arguments, "--json"], obj=lambda: context)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_daily_is_made_listed_shown_and_checked(context: Context, tmp_path: Path) -> None:
    made = soc(context, "daily", "--date", "2026-03-17", "--out", str(tmp_path), "--format", "html")
    listed = soc(context, "list")
    shown = soc(context, "show", made["report"])
    number = soc(context, "number", "alerts_open", "--date", "2026-03-17")

    assert set(made) == KEYS
    assert set(made["files"][0]) == {"format", "path", "sha256", "bytes"}
    assert Path(made["files"][0]["path"]).is_file()
    assert [(each["id"], each["state"]) for each in listed] == [(made["report"], "current")]
    assert shown["values"] == made["numbers"]
    assert number["value"] == made["numbers"]["alerts_open"] == 0


@pytest.mark.parametrize("command", [["list"], ["number", "matches"]])
def test_people_get_text(context: Context, command: list[str]) -> None:
    done = CliRunner().invoke(app, command, obj=lambda: context)

    assert done.exit_code == 0
    assert not done.stdout.startswith(("{", "["))


def test_people_are_told_where_the_files_are(context: Context, tmp_path: Path) -> None:
    arguments = ["daily", "--out", str(tmp_path), "--format", "html"]

    first = CliRunner().invoke(app, arguments, obj=lambda: context)
    again = CliRunner().invoke(app, arguments, obj=lambda: context)

    assert str(tmp_path) in first.stdout
    assert again.stdout.startswith("Nothing changed: edition 1 stands.")

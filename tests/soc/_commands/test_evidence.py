from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from soc import evidence
from soc._commands.evidence import app
from tests.soc._stored import stored

if TYPE_CHECKING:
    from soc.context import Context


def soc(context: Context, *arguments: str, code: int = 0) -> Any:
    """What ``soc evidence …`` prints."""
    done = CliRunner().invoke(app, arguments, obj=lambda: context)
    assert done.exit_code == code, done.output
    return json.loads(done.stdout) if "--json" in arguments else done.stdout


def test_evidence_is_listed_shown_and_checked(context: Context) -> None:
    kept = evidence.keep(context, stored(context, 3), "lt-alert-1")
    assert kept is not None

    listed = soc(context, "list", "--cited-by", "lt-alert-1", "--json")
    shown = soc(context, "show", kept.sha256[:8], "--rows", "2", "--json")

    assert [each["id"] for each in listed] == [kept.id]
    assert (shown["standing"], len(shown["content"])) == ("ok", 2)
    assert soc(context, "verify", "--json") == {"ok": True, "files": 1, "broken": []}
    assert soc(context, "list", "--cited-by", "nobody", "--json") == []


def test_people_are_told_what_is_wrong_and_the_command_fails(context: Context) -> None:
    kept = evidence.keep(context, stored(context, 1), "lt-alert-1")
    assert kept is not None
    evidence.path_of(context, kept).unlink()

    told = soc(context, "verify", code=1)

    assert f"{kept.sha256}  file is missing" in told
    assert kept.sha256[:12] in soc(context, "list")
    assert "missing" in soc(context, "show", kept.id)

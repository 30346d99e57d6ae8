"""``soc block``, as it is typed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from playbooks._commands.block import app
from soc.actor import Actor
from soc.errors import ScopeError
from soc.records.alert import Alert, Attacker
from soc.store import Change

if TYPE_CHECKING:
    from soc.context import Context


@pytest.fixture
def alerted(context: Context) -> Context:
    """A context with one open alert about 203.0.113.7."""
    now = context.clock.now()
    found = Alert(
        id="a1",
        state="open",
        at=now,
        author=context.actor.author(),
        rule="r",
        title="t",
        first_seen=now,
        last_seen=now,
        severity="high",
        evidence=("e1",),
        attackers=(Attacker(address="203.0.113.7"),),
    )
    context.store.records.apply([Change("c", found, 0)])
    return context


def typed(context: Context, *words: str) -> str:
    """What the command prints; its error is raised."""
    done = CliRunner().invoke(app, words, obj=lambda: context)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0
    return done.stdout


def told(context: Context, *words: str) -> Any:
    return json.loads(typed(context, *words, "--json"))


def second(context: Context) -> Context:
    rights = frozenset({"approve", "block"})
    return replace(context, actor=Actor("second", None, rights, "cli", "test"))


def test_from_alert_to_list_every_step_prints_json_with_stable_keys(
    alerted: Context, tmp_path: Path
) -> None:
    out = str(tmp_path / "lists")

    proposed = told(alerted, "propose")
    approved = told(second(alerted), "approve", "--all", "--reason", "seen")
    exported = told(second(alerted), "export", "--format", "nftables", "--out", out)
    shown = told(alerted, "show", "203.0.113.7")
    listed = told(alerted, "list", "--state", "exported")

    assert list(proposed) == ["proposed", "joined", "refused", "skipped"]
    assert [line["state"] for line in approved] == ["approved"]
    assert list(exported) == [
        "version",
        "as_of",
        "blocks",
        "addresses",
        "removed",
        "lists",
        "waiting",
        "lapsed",
    ]
    assert Path(exported["lists"][0]["path"]).read_text("utf-8").count("203.0.113.7 timeout") == 1
    assert shown["list_version"] == str(exported["version"])
    assert [line["no"] for line in listed] == ["FD-2026-001"]


def test_one_cannot_approve_what_one_proposed(alerted: Context) -> None:
    typed(alerted, "propose")

    with pytest.raises(ScopeError, match="another login"):
        typed(alerted, "approve", "FD-2026-001")

    assert told(alerted, "approve", "--all") == []


def test_people_read_tables(alerted: Context, tmp_path: Path) -> None:
    typed(alerted, "propose")

    approved = typed(second(alerted), "approve", "--all").split()
    assert {"FD-2026-001", "203.0.113.7", "approved"} <= set(approved)
    assert "blocklist.txt" in typed(alerted, "export", "--out", str(tmp_path)).replace("\n", "")
    assert "FD-2026-001" in typed(alerted, "show", "203.0.113.7")


def test_a_proposal_is_rejected_and_a_block_released(alerted: Context) -> None:
    typed(alerted, "propose")
    assert told(alerted, "reject", "203.0.113.7", "--reason", "own test")[0]["state"] == "rejected"

    typed(alerted, "propose", "203.0.113.16/28", "--alert", "a1", "--days", "3")
    typed(second(alerted), "approve", "203.0.113.16/28")
    released = told(alerted, "release", "203.0.113.16/28", "--misblock", "--reason", "NAT")

    assert released[0]["state"] == "released"


def test_a_refusal_names_the_guard(alerted: Context) -> None:
    from soc.scope import Scope

    guarded = replace(alerted, scope=Scope.read((), ("203.0.113.0/24",), alerted.estate))

    assert "[estate] never_block" in typed(guarded, "propose")

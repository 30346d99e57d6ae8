"""``soc detect`` on a real store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from detections._commands.detect import app
from soc.context import Context
from soc.query import Select
from tests.detections.events import RULE, append, probe


def soc(context: Context, *arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), obj=lambda: context)


def json_of(context: Context, *arguments: str) -> Any:
    result = soc(context, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_run_says_what_it_did(context: Context) -> None:
    append(context, "http", [probe()])

    value = json_of(context, "run")

    assert (value["matches"], value["opened"], value["errors"]) == (1, 1, [])
    assert value["datasets"]["http"] == 1
    assert "New alerts" in soc(context, "run").stdout


def test_every_rule_is_listed_with_its_state(context: Context) -> None:
    states = json_of(context, "rules", "status")
    rules = json_of(context, "rules", "list")

    assert {entry["id"] for entry in states} == {entry["id"] for entry in rules}
    assert {entry["state"] for entry in states} == {"inert"}
    assert soc(context, "rules", "status").exit_code == 0
    assert soc(context, "rules", "list").exit_code == 0


def test_the_samples_of_our_own_rules_hold(context: Context) -> None:
    assert all(not entry["failures"] for entry in json_of(context, "rules", "test"))


def test_our_own_rules_want_nothing(context: Context) -> None:
    assert json_of(context, "rules", "lint") == []
    assert "Nothing is wanting" in soc(context, "rules", "lint").stdout


def test_an_unknown_field_is_one_line_and_the_exit_code_of_a_rule(
    context: Context, tmp_path: Path
) -> None:
    text = "title: x\nid: 6f4cbd27-1a4d-4f2c-9d5e-9d0a1a1c0001\nlogsource: {category: dns}\n"
    text += "detection: {a: {nothing: x}, condition: a}\nlevel: low\n"
    (tmp_path / "r.yml").write_text(text, encoding="utf-8")

    imported = soc(context, "rules", "import", str(tmp_path), "--set", "s")
    linted = soc(context, "rules", "lint")

    assert (imported.exit_code, linted.exit_code) == (4, 4)
    line = "field: 'nothing': no column of dns holds it: name one of the schema"
    assert line in imported.stderr
    assert line in linted.stdout


def test_a_rule_is_switched_off_and_on(context: Context) -> None:
    off = json_of(context, "rules", "disable", RULE, "--reason", "noisy")
    state = next(e for e in json_of(context, "rules", "status") if e["id"] == RULE)
    on = json_of(context, "rules", "enable", RULE, "--reason", "tuned")

    assert (off["state"], on["state"]) == ("disabled", "enabled")
    assert (state["state"], state["reason"]) == ("disabled", "noisy")


def test_a_match_is_explained(context: Context) -> None:
    append(context, "http", [probe()])
    query = Select("http", columns=("event.id",))
    (event,) = [row["event.id"] for b in context.engine.select(query) for row in b.to_pylist()]

    value = json_of(context, "rules", "explain", RULE, event)

    assert value["selections"] == {"tool": True}
    assert value["match"] is True

"""``soc alerts`` on a real store."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from detections._commands.alerts import app
from soc.context import Context
from tests.detections.events import RULE, append, probe


@pytest.fixture
def found(context: Context) -> Context:
    append(context, "http", [probe()])
    context.jobs.run("detect", {}, context)
    return context


def soc(context: Context, *arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), obj=lambda: context)


def json_of(context: Context, *arguments: str) -> Any:
    result = soc(context, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_an_alert_is_listed_and_shown(found: Context) -> None:
    (entry,) = json_of(found, "list")

    shown = json_of(found, "show", entry["no"])

    assert entry.items() <= shown.items()
    assert (entry["rule"], entry["count"], entry["severity"]) == (RULE, 1, 3)
    assert "203.0.113.66" in soc(found, "show", entry["id"]).stdout
    assert soc(found, "list").exit_code == 0


def test_an_alert_goes_through_its_states(found: Context) -> None:
    (entry,) = json_of(found, "list")
    no = entry["no"]

    assert json_of(found, "ack", no)["state"] == "acknowledged"
    assert json_of(found, "assign", no, "second")["assignee"] == "second"
    assert "seen" in json_of(found, "comment", no, "seen")["comments"][0]
    closed = json_of(found, "close", no, "--verdict", "误报", "--reason", "test")
    assert (closed["state"], closed["verdict"]) == ("closed", "false_positive")
    assert json_of(found, "list") == []
    assert len(json_of(found, "list", "--state", "closed")) == 1


def test_a_suppression_is_made_listed_and_revoked(found: Context) -> None:
    made = json_of(found, "suppress", "--rule", RULE, "--days", "7", "--reason", "test")

    hidden = json_of(found, "list")
    listed = json_of(found, "suppressions")
    revoked = json_of(found, "unsuppress", made["id"], "--reason", "over")

    assert (made["alerts"], made["hidden"], made["state"]) == (1, 1, "active")
    assert [entry["state"] for entry in hidden] == ["suppressed"]
    assert [entry["id"] for entry in listed] == [made["id"]]
    assert revoked == {"id": made["id"], "alerts": 1}
    assert soc(found, "suppressions").exit_code == 0


def test_a_suppression_needs_an_end(found: Context) -> None:
    result = soc(found, "suppress", "--rule", RULE, "--reason", "test")

    assert result.exit_code != 0
    assert "--days or --until" in str(result.exception)

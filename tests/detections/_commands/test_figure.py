"""``soc figure`` on a real store."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from detections._commands.figure import app
from soc.context import Context
from soc.errors import InputError


def soc(context: Context, *arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), obj=lambda: context)


def json_of(context: Context, *arguments: str) -> Any:
    result = soc(context, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def set_figure(context: Context, value: str, *more: str, day: str = "2026-03-17") -> Any:
    arguments = ("--day", day, "--value", value, "--evidence", "澜政办〔2026〕7号")
    return json_of(context, "set", "attacks_blocked", *arguments, *more)


def test_a_count_by_hand_is_kept_with_its_evidence_and_audited(context: Context) -> None:
    made = set_figure(context, "12")

    (listed,) = json_of(context, "list", "attacks_blocked")
    assert made == listed
    assert (listed["value"], listed["manual"]) == (12, True)
    assert listed["evidence"] == ["澜政办〔2026〕7号"]
    entries = [e for e in context.store.audit.entries() if e.get("kind") == "figure"]
    assert [entry["login"] for entry in entries] == ["tester"]


def test_a_later_count_replaces_an_earlier_one_of_its_day_only(context: Context) -> None:
    set_figure(context, "12")
    set_figure(context, "13")
    set_figure(context, "5", day="2026-03-16")

    found = json_of(context, "total", "attacks_blocked", "--first", "2026-03-15")

    assert (found["value"], found["days"], found["wanted"], found["manual"]) == (18, 2, 4, 2)
    assert soc(context, "total", "attacks_blocked").exit_code == 0


def test_a_count_may_be_of_one_unit(context: Context) -> None:
    set_figure(context, "3", "--by", "unit", "--member", "lt-unit-1")

    assert json_of(context, "list") == []
    (listed,) = json_of(context, "list", "--by", "unit")
    assert listed["member"] == "lt-unit-1"
    assert "lt-unit-1" in soc(context, "list", "--by", "unit").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("Bad Name", "--day", "2026-03-17", "--value", "1", "--evidence", "x"),
        ("attacks_blocked", "--day", "2026-03-17", "--value", "1", "--evidence", " "),
        ("attacks_blocked", "--day", "2026-03-17", "--value", "-1", "--evidence", "x"),
        ("attacks_blocked", "--day", "2026-03-17", "--value", "nan", "--evidence", "x"),
        ("attacks_blocked", "--day", "2026-04-17", "--value", "1", "--evidence", "x"),
        (
            "attacks_blocked",
            "--day",
            "2026-03-17",
            "--value",
            "1",
            "--evidence",
            "x",
            "--by",
            "moon",
        ),
        (
            "attacks_blocked",
            "--day",
            "2026-03-17",
            "--value",
            "1",
            "--evidence",
            "x",
            "--by",
            "unit",
        ),
    ],
)
def test_what_is_no_count_is_refused(context: Context, arguments: tuple[str, ...]) -> None:
    result = soc(context, "set", *arguments)

    assert isinstance(result.exception, InputError)
    assert json_of(context, "list") == []


def test_a_metric_that_nobody_knows_is_told_with_those_that_are(context: Context) -> None:
    result = soc(
        context, "set", "attack_bloked", "--day", "2026-03-17", "--value", "1", "--evidence", "x"
    )

    said = str(result.exception)
    assert said.startswith("metric 'attack_bloked': is not known: one of your own begins with own_")
    assert "attacks_blocked" in said
    assert "\n" not in said


def test_a_metric_of_the_site_s_own_is_counted_and_added_up(context: Context) -> None:
    for day, value in (("2026-03-16", "2"), ("2026-03-17", "3")):
        said = soc(
            context, "set", "own_trainings", "--day", day, "--value", value, "--evidence", "签到表"
        )
        assert said.exit_code == 0

    found = json_of(
        context, "total", "own_trainings", "--first", "2026-03-16", "--last", "2026-03-17"
    )

    assert (found["value"], found["manual"], found["days"]) == (5, 2, 2)

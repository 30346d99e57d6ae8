from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

import pytest

from soc import console


@pytest.fixture(autouse=True)
def _no_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SOC_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "SOC_LANG": "zh"}, "zh"),
    ],
)
def test_the_language_is_the_one_chosen_else_that_of_the_locale(
    environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert console.language() == expected


def test_a_text_is_told_in_the_language_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    english = console.t("doctor.yes")
    monkeypatch.setenv("SOC_LANG", "zh")

    assert console.t("doctor.yes") != english


def test_a_result_is_one_json_document_or_what_people_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    value = {"单位": "区教育局", "at": datetime(2026, 3, 18, 1, tzinfo=UTC)}

    console.show(value, True, lambda: console.say("for people"))
    as_json = capsys.readouterr().out
    console.show(value, False, lambda: console.say("for people"))

    assert json.loads(as_json) == {"单位": "区教育局", "at": "2026-03-18 01:00:00+00:00"}
    assert "区教育局" in as_json
    assert capsys.readouterr().out == "for people\n"


def test_a_table_shows_every_cell_and_reads_none_as_markup(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console.table(("name", "count"), [("[red]单位[/red]", 3), (None, None)], caption="units")

    out = capsys.readouterr().out
    assert "[red]单位[/red]" in out
    assert "units" in out
    assert "None" not in out


def test_pairs_are_told_one_a_line_in_one_column(capsys: pytest.CaptureFixture[str]) -> None:
    console.fields({"id": 1, "severity": "high"})
    console.fields({})

    assert capsys.readouterr().out == "id        1\nseverity  high\n"


def test_a_notice_goes_where_results_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    console.notice("collecting")

    assert capsys.readouterr() == ("", "collecting\n")


def test_bars_are_shown_on_a_terminal_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert console.progress() is None
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")

    bars = console.progress()

    assert bars is not None
    with bars.task("netflow", 2) as task:
        task.advance(2)
    assert capsys.readouterr().out == ""

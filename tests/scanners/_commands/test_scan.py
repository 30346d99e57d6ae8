from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from scanners._commands import findings, scan
from soc._open import refreshed
from soc.context import Context
from tests.scanners import site
from tests.scanners.site import NGINX, REDIS, Nmap

A = "192.0.2.7"


def run(context: Context, app: Any, *arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), obj=lambda: refreshed(context))


def told(context: Context, app: Any, *arguments: str) -> Any:
    result = run(context, app, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def scanned(scanning: Context, made: Nmap) -> tuple[Context, list[str]]:
    site.asset(scanning, A, importance="重要", unit=site.unit(scanning, "教育局"))
    runs = []
    for ports in ({80: NGINX}, {80: NGINX, 6379: REDIS}):
        made.tell({A: ports})
        runs.append(site.scan(site.opened(scanning), A)["run"])
    return scanning, runs


def test_a_standing_plan_is_shown_and_run(scanned: tuple[Context, list[str]]) -> None:
    context, _ = scanned

    shown = told(context, scan.app, "plan", "--plan", "daily")
    ran = told(context, scan.app, "run", "--plan", "daily", "--ports", "80")

    assert (shown["targets"], shown["why"]) == ([A], {"important": 1})
    assert (ran["plan"], ran["up"], ran["suspect"]) == ("daily", 1, False)


def test_runs_are_listed_and_compared(scanned: tuple[Context, list[str]]) -> None:
    context, runs = scanned

    assert [each["id"] for each in told(context, scan.app, "list")] == runs[::-1]
    assert [each["port"] for each in told(context, scan.app, "diff", *runs)["new"]] == [6379]


def test_coverage_is_by_unit(scanned: tuple[Context, list[str]]) -> None:
    context, _ = scanned

    value = told(context, scan.app, "coverage", "--month", "2026-03")

    assert [(u["name"], u["planned"], u["done"]) for u in value["units"]] == [("教育局", 1, 1)]


def test_findings_are_listed_and_shown(scanned: tuple[Context, list[str]]) -> None:
    context, _ = scanned

    (found,) = told(context, findings.app, "list")

    assert (found["check"], found["port"]) == ("exposed_service", 6379)
    assert told(context, findings.app, "show", found["id"])["graded_by"] == "GB/T 30279-2020"
    assert {each["module"] for each in told(context, findings.app, "checks")} >= {"certificate"}


@pytest.mark.parametrize(
    ("app", "arguments", "words"),
    [
        (scan.app, ("plan", "--plan", "daily"), "important"),
        (scan.app, ("list",), "done"),
        (scan.app, ("stop",), "Stopped 0 runs"),
        (scan.app, ("coverage",), "教育局"),
        (findings.app, ("list",), "high"),
        (findings.app, ("checks",), "certificate.expired"),
    ],
)
def test_people_get_lines_and_tables(
    scanned: tuple[Context, list[str]], app: Any, arguments: tuple[str, ...], words: str
) -> None:
    result = run(scanned[0], app, *arguments)

    assert result.exit_code == 0
    assert words.lower() in result.stdout.lower()


def test_a_comparison_and_a_finding_are_readable(scanned: tuple[Context, list[str]]) -> None:
    context, runs = scanned
    (found,) = told(context, findings.app, "list")

    assert "1 new" in run(context, scan.app, "diff", *runs).stdout
    assert "Redis" in run(context, findings.app, "show", found["id"]).stdout


def test_a_torn_file_ends_with_the_code_of_its_error(scanning: Context, tmp_path: Path) -> None:
    path = tmp_path / "scan.xml"
    path.write_text("<nmaprun><host", encoding="utf-8")

    result = run(scanning, scan.app, "import", str(path))

    assert result.exit_code == 3

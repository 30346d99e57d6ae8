"""``soc demo`` on either engine: the same day, the same findings, the same report."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import elastic_server
from tests.e2e.console import process

pytestmark = pytest.mark.timeout(1_200)  # whichever test asks first makes both days
DAY = ("demo", "--seed=7", "--flows=20000", "--history=3", "--json")
OWN = ("engine", "shipped", "letters", "seconds", "files", "steps")  # what is a run's own


@dataclass(frozen=True, slots=True)
class Demo:
    """A run of ``soc demo`` and the folder that it filled."""

    folder: Path
    value: Any


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return _run(tmp_path_factory.mktemp("here"))


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """On the real server; the demo has a namespace of its own there."""
    url = elastic_server.shared().url
    return _run(tmp_path_factory.mktemp("there"), "--engine=elasticsearch", f"--hosts={url}")


def _run(folder: Path, *options: str) -> Demo:
    said = process(*DAY, *options, "--out", folder / "demo", folder=folder, timeout_s=900)
    assert said.code == 0, said.err
    return Demo(folder / "demo", said.value)


def report(demo: Demo, name: str) -> str:
    """The page of a report, without the microsecond at which its data was taken."""
    (path,) = (demo.folder / "reports").glob(f"*-{name}-*.html")
    return re.sub(r"--as-of \S+", "--as-of", path.read_text(encoding="utf-8"))


def test_what_is_found_blocked_and_left_alone_is_the_same(here: Demo, there: Demo) -> None:
    told = [{k: v for k, v in demo.value.items() if k not in OWN} for demo in (here, there)]

    assert told[0] == told[1]
    assert [found for found in there.value["planted"] if not found["found"]] == []


def test_the_daily_report_differs_in_nothing(here: Demo, there: Demo) -> None:
    numbers = [demo.value["steps"]["report"]["numbers"] for demo in (here, there)]

    assert numbers[0] == numbers[1]
    assert report(here, "daily") == report(there, "daily")


def test_the_drill_report_counts_the_same(here: Demo, there: Demo) -> None:
    """Its times are those of the run: they may differ by a second."""
    told = [demo.value["steps"]["drill"]["numbers"] for demo in (here, there)]

    assert told[0].keys() == told[1].keys()
    for name, value in told[0].items():
        assert told[1][name] == pytest.approx(
            value, abs=2.0 if "_p90" in name or "median" in name else 0
        )


def test_the_lists_for_firewalls_are_the_same_to_the_byte(here: Demo, there: Demo) -> None:
    lists = [sorted((demo.folder / "blocklists").glob("*.txt")) for demo in (here, there)]

    assert [path.read_bytes() for path in lists[0]] == [path.read_bytes() for path in lists[1]]


def test_what_the_jobs_counted_is_the_same(here: Demo, there: Demo) -> None:
    names = ("matches", "opened", "updated", "suppressed")
    told = [{n: demo.value["steps"]["detect"][n] for n in names} for demo in (here, there)]

    assert told[0] == told[1]


def test_every_row_of_the_day_was_shipped_and_none_is_a_dead_letter(
    here: Demo, there: Demo
) -> None:
    collected = [s["stored"] for name, s in there.value["steps"].items() if "collect " in name]

    assert (here.value["engine"], here.value["shipped"]) == ("duckdb", None)
    assert there.value["engine"] == "elasticsearch"
    assert there.value["shipped"] > sum(collected) > 0
    assert there.value["letters"] == 0

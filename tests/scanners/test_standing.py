from __future__ import annotations

import pytest

from scanners._standing import choose, job, runs
from soc.context import Context
from soc.errors import ConfigError
from soc.records.scan import Scan
from tests.scanners import site
from tests.scanners.site import NGINX, Nmap

HOSTS = [f"192.0.2.{n}" for n in range(1, 4)]


def plan_of(context: Context, run: str) -> tuple[str, tuple[str, ...]]:
    record = context.store.records.get("scan", run)
    assert isinstance(record, Scan)
    return record.plan, record.targets


@pytest.fixture
def estate(scanning: Context, made: Nmap) -> Context:
    for number, address in enumerate(HOSTS):
        importance = "重要" if number == 0 else "一般"
        site.asset(scanning, address, type="network", importance=importance)
    made.tell({address: {80: NGINX} for address in HOSTS})
    return site.opened(scanning)


def run(context: Context, name: str, **params: object) -> dict[str, object]:
    value = context.jobs.run(name, {"ports": "80", **params}, context).value
    context.clock.advance(days=1)  # type: ignore[attr-defined]
    return dict(value)


def test_the_daily_job_measures_key_assets(estate: Context) -> None:
    value = run(estate, "scan daily")

    assert plan_of(estate, str(value["run"])) == ("daily", (HOSTS[0],))
    assert (value["up"], value["versions"]) == (1, 1)


def test_the_weekly_job_asks_unchanged_hosts_too(estate: Context) -> None:
    first, second = (run(estate, "scan weekly", date="2026-03-17") for _ in range(2))

    assert [first["versions"], second["versions"]] == [3, 3]


def test_the_monthly_job_asks_only_what_changed(estate: Context) -> None:
    first, second = (run(estate, "scan monthly") for _ in range(2))

    assert [first["versions"], second["versions"]] == [3, 0]


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_a_sample_is_ten_to_twenty_in_a_hundred(estate: Context, share: float) -> None:
    with pytest.raises(ConfigError, match="share"):
        run(estate, "scan weekly", share=share)


def test_a_command_names_a_plan_or_targets_never_both(estate: Context) -> None:
    assert job("", ["192.0.2.1"], None, "80")[0] == "scan"
    assert job("weekly", [], None, "")[0] == "scan weekly"
    assert len(choose("monthly", [], None, estate).targets) == 3
    with pytest.raises(ConfigError, match="is not one of daily, weekly, monthly"):
        job("hourly", [], None, "")
    with pytest.raises(ConfigError, match="chooses its targets itself"):
        choose("daily", ["192.0.2.1"], None, estate)


def test_runs_are_listed_newest_first(estate: Context) -> None:
    made = [run(estate, "scan daily")["run"] for _ in range(3)]

    assert [each["id"] for each in runs(estate, 2)] == [made[2], made[1]]


def test_a_day_with_nothing_to_look_at_is_done(scanning: Context, made: Nmap) -> None:
    outcome = scanning.jobs.run("scan daily", {}, scanning)

    assert (outcome.result, outcome.value["targets"], outcome.coverage) == ("done", 0, None)
    assert not (made.folder / "calls").exists()

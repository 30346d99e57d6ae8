from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from soc._runner import JobRunner
from soc.config import Config, ElasticsearchSettings
from soc.context import Context
from soc.errors import ConfigError
from soc.jobs import Job, Outcome, Params
from soc.schedule import (
    Entry,
    When,
    cron_lines,
    entry_of,
    idle,
    next_run,
    plan,
    run_due,
    state,
    systemd_units,
)
from tests.conftest import SetClock

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 18, 1, tzinfo=UTC)  # Wednesday 09:00 in Beijing


def entry(text: str, job: str = "detect") -> Entry:
    return Entry(job, text, When.parse(text, place="test"))


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("06:00", "2026-03-19T06:00:00+08:00"),
        ("09:30", "2026-03-18T09:30:00+08:00"),
        ("mon 10:00", "2026-03-23T10:00:00+08:00"),
        ("1 03:00", "2026-04-01T03:00:00+08:00"),
    ],
)
def test_the_next_run_is_in_the_zone_of_the_site(text: str, due: str) -> None:
    assert next_run(entry(text), ZONE, NOW).isoformat() == due


@pytest.mark.parametrize("text", ["", "6:00", "24:00", "0m", "someday 06:00", "29 06:00", "1d"])
def test_a_time_that_cannot_be_read_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(ConfigError, match="write 1m, 06:00, mon 10:00 or 1 03:00"):
        When.parse(text, place="soc.toml: schedule.detect")


def test_an_unknown_job_in_the_plan_is_refused() -> None:
    with pytest.raises(ConfigError, match="no such job"):
        plan({"detcet": "1m"}, ["detect"], place="soc.toml")


def test_the_default_plan_holds_only_jobs_that_exist() -> None:
    assert [e.job for e in plan({}, ["detect"], place="soc.toml")] == ["detect"]


def test_the_default_plan_ships_only_where_a_cluster_is_named() -> None:
    named = Config(elasticsearch=ElasticsearchSettings(hosts=("https://es1.example:9200",)))
    known = ["detect", "store ship"]

    plans = [
        plan({}, known, place="soc.toml", without=idle(config)) for config in (Config(), named)
    ]

    assert [[e.job for e in entries] for entries in plans] == [["detect"], known]
    assert [e.job for e in plan({"store ship": "5m"}, known, place="soc.toml")] == ["store ship"]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("5m", "*/5 * * * *"),
        ("1h", "0 */1 * * *"),
        ("2h", "0 */2 * * *"),
        ("24h", "0 0 * * *"),
        ("06:00", "0 6 * * *"),
        ("mon 10:30", "30 10 * * 1"),
        ("sun 00:05", "5 0 * * 7"),
        ("15 03:00", "0 3 15 * *"),
    ],
)
def test_a_cron_line_means_the_same(text: str, fields: str) -> None:
    lines = cron_lines([entry(text)], "Asia/Shanghai", "/usr/bin/soc")

    assert lines == ["CRON_TZ=Asia/Shanghai", f"{fields} /usr/bin/soc schedule now --due detect"]


@pytest.mark.parametrize("text", ["30s", "7m", "5h"])
def test_an_interval_that_cron_cannot_say_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="cron cannot say it"):
        cron_lines([entry(text)], "Asia/Shanghai", "soc")


def test_systemd_gets_a_service_and_a_timer_in_the_zone_of_the_site() -> None:
    units = systemd_units([entry("06:00", "report daily")], "Asia/Shanghai", "/usr/bin/soc")

    assert list(units) == ["soc-report-daily.service", "soc-report-daily.timer"]
    assert (
        'ExecStart=/usr/bin/soc schedule now --due "report daily"'
        in units["soc-report-daily.service"]
    )
    assert "OnCalendar=*-*-* 06:00:00 Asia/Shanghai" in units["soc-report-daily.timer"]


@pytest.mark.parametrize(
    ("text", "was_due"),
    [
        ("1m", "2026-03-18T09:00:00+08:00"),
        ("7m", "2026-03-18T08:59:00+08:00"),
        ("06:00", "2026-03-18T06:00:00+08:00"),
        ("09:00", "2026-03-18T09:00:00+08:00"),
        ("09:01", "2026-03-17T09:01:00+08:00"),
        ("wed 09:01", "2026-03-11T09:01:00+08:00"),
        ("28 03:00", "2026-02-28T03:00:00+08:00"),
    ],
)
def test_the_latest_due_time_is_at_or_before_now(text: str, was_due: str) -> None:
    assert entry(text).when.previous(ZONE, NOW).isoformat() == was_due


@pytest.mark.parametrize(
    "text", ["1m", "7m", "90m", "06:00", "09:00", "mon 10:00", "wed 09:00", "1 03:00"]
)
def test_the_next_due_time_is_the_first_whose_latest_due_time_it_is(text: str) -> None:
    when = entry(text).when
    due = when.next(ZONE, NOW)

    assert due > NOW
    assert when.previous(ZONE, due) == due
    assert when.previous(ZONE, due - timedelta(seconds=1)) <= NOW


@pytest.mark.parametrize(
    ("hours_ago", "told"), [(None, "never"), (2, "on time"), (26, "overdue"), (50, "overdue")]
)
def test_a_run_that_did_not_come_within_an_hour_is_overdue(
    hours_ago: int | None, told: str
) -> None:
    last = None if hours_ago is None else NOW - timedelta(hours=hours_ago)

    assert state(entry("06:00"), last, ZONE, NOW) == told


class Counting:
    """A job that counts its runs, and the jobs of a context that hold it alone."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, params: Params, context: Context) -> Outcome:
        self.runs += 1
        return Outcome()


def counted(context: Context) -> tuple[Counting, Context]:
    job = Counting()
    jobs = JobRunner((Job("count", job, lock="count"),))
    return job, replace(context, jobs=jobs)


def test_two_schedulers_run_a_due_job_once(context: Context) -> None:
    job, context = counted(context)

    results = [run_due(entry("06:00", "count"), ZONE, context).result for _ in range(2)]

    assert (job.runs, results) == (1, ["done", "skipped"])


def test_the_next_due_time_runs_again(context: Context, clock: SetClock) -> None:
    job, context = counted(context)
    run_due(entry("06:00", "count"), ZONE, context)

    clock.advance(days=1)
    run_due(entry("06:00", "count"), ZONE, context)

    assert job.runs == 2


def test_a_clock_set_a_day_forward_and_back_runs_once(context: Context, clock: SetClock) -> None:
    job, context = counted(context)
    clock.advance(days=1)
    run_due(entry("06:00", "count"), ZONE, context)

    clock.advance(days=-1)
    run_due(entry("06:00", "count"), ZONE, context)

    assert job.runs == 1


def test_a_job_outside_the_plan_is_told_with_the_remedy() -> None:
    with pytest.raises(ConfigError, match="'count' is not in the plan; see soc schedule show"):
        entry_of([entry("06:00")], "count", place="soc.toml")

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from soc.errors import ConfigError
from soc.schedule import Entry, When, cron_lines, next_run, plan, systemd_units

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
        ("31 03:00", "2026-03-31T03:00:00+08:00"),
    ],
)
def test_the_next_run_is_in_the_zone_of_the_site(text: str, due: str) -> None:
    assert next_run(entry(text), ZONE, NOW).isoformat() == due


@pytest.mark.parametrize("text", ["", "6:00", "24:00", "0m", "someday 06:00", "32 06:00", "1d"])
def test_a_time_that_cannot_be_read_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(ConfigError, match="write 1m, 06:00, mon 10:00 or 1 03:00"):
        When.parse(text, place="soc.toml: schedule.detect")


def test_an_unknown_job_in_the_plan_is_refused() -> None:
    with pytest.raises(ConfigError, match="no such job"):
        plan({"detcet": "1m"}, ["detect"], place="soc.toml")


def test_the_default_plan_holds_only_jobs_that_exist() -> None:
    assert [e.job for e in plan({}, ["detect"], place="soc.toml")] == ["detect"]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("5m", "*/5 * * * *"),
        ("2h", "0 */2 * * *"),
        ("06:00", "0 6 * * *"),
        ("mon 10:30", "30 10 * * 1"),
        ("sun 00:05", "5 0 * * 7"),
        ("15 03:00", "0 3 15 * *"),
    ],
)
def test_a_cron_line_means_the_same(text: str, fields: str) -> None:
    lines = cron_lines([entry(text)], "Asia/Shanghai", "/usr/bin/soc")

    assert lines == ["CRON_TZ=Asia/Shanghai", f"{fields} /usr/bin/soc schedule now detect"]


@pytest.mark.parametrize("text", ["30s", "7m", "5h"])
def test_an_interval_that_cron_cannot_say_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="cron cannot say it"):
        cron_lines([entry(text)], "Asia/Shanghai", "soc")


def test_systemd_gets_a_service_and_a_timer_in_the_zone_of_the_site() -> None:
    units = systemd_units([entry("06:00", "report daily")], "Asia/Shanghai", "/usr/bin/soc")

    assert list(units) == ["soc-report-daily.service", "soc-report-daily.timer"]
    assert 'ExecStart=/usr/bin/soc schedule now "report daily"' in units["soc-report-daily.service"]
    assert "OnCalendar=*-*-* 06:00:00 Asia/Shanghai" in units["soc-report-daily.timer"]

"""The site's days, working days and shifts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc._calendar_days import parsed
from soc.calendar import Calendar
from soc.errors import ConfigError

BEIJING = Calendar(ZoneInfo("Asia/Shanghai"))
BERLIN = Calendar(ZoneInfo("Europe/Berlin"))


def test_a_day_is_the_sites_from_midnight_to_midnight() -> None:
    period = BEIJING.day(date(2026, 3, 18))

    assert period.start == datetime(2026, 3, 17, 16, tzinfo=UTC)
    assert period.end == datetime(2026, 3, 18, 16, tzinfo=UTC)


def test_a_time_in_the_evening_of_utc_is_tomorrow_in_beijing() -> None:
    assert BEIJING.date_of(datetime(2026, 3, 17, 15, 59, tzinfo=UTC)) == date(2026, 3, 17)
    assert BEIJING.date_of(datetime(2026, 3, 17, 16, 0, tzinfo=UTC)) == date(2026, 3, 18)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        BEIJING.date_of(datetime(2026, 3, 17))  # noqa: DTZ001 - the naive time is the point


def test_a_day_is_shorter_where_clocks_go_forward() -> None:
    period = BERLIN.day(date(2026, 3, 29))

    assert period.end - period.start == timedelta(hours=23)


def test_a_week_begins_on_monday_and_a_month_on_the_first() -> None:
    week, month = BEIJING.week(date(2026, 3, 18)), BEIJING.month(date(2026, 2, 11))

    assert week == BEIJING.days(date(2026, 3, 16), date(2026, 3, 22))
    assert month == BEIJING.days(date(2026, 2, 1), date(2026, 2, 28))
    assert BEIJING.month(date(2026, 12, 31)) == BEIJING.days(date(2026, 12, 1), date(2026, 12, 31))


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_days_follow_each_other_without_gap_or_overlap(day: date) -> None:
    following = day + timedelta(days=1)

    assert BERLIN.day(day).end == BERLIN.day(following).start
    assert BERLIN.date_of(BERLIN.day(day).start) == day
    assert BERLIN.dates(BERLIN.day(day)) == [day]


@pytest.mark.parametrize(
    ("day", "is_working"),
    [
        (date(2026, 3, 18), True),  # a Wednesday
        (date(2026, 3, 21), False),  # a Saturday
        (date(2026, 2, 17), False),  # a Tuesday, Spring Festival
        (date(2026, 2, 14), True),  # a Saturday that is worked
        (date(2026, 2, 28), True),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),
        (date(2031, 10, 1), True),  # a Wednesday of a year without arrangement
    ],
)
def test_working_days_are_those_of_the_arrangement(day: date, is_working: bool) -> None:
    assert BEIJING.is_working(day) is is_working


def test_a_year_without_arrangement_is_said_to_be_unknown() -> None:
    assert BEIJING.knows(date(2026, 1, 1))
    assert not BEIJING.knows(date(2031, 1, 1))


def test_a_deadline_counts_working_days_across_a_holiday() -> None:
    friday = date(2026, 2, 13)

    assert BEIJING.next_working_day(friday) == date(2026, 2, 14)
    assert BEIJING.add_working_days(friday, 2) == date(2026, 2, 24)
    assert BEIJING.add_working_days(friday, 0) == friday


def test_working_days_are_not_counted_backwards() -> None:
    with pytest.raises(ValueError, match="forward"):
        BEIJING.add_working_days(date(2026, 2, 13), -1)


def test_a_night_shift_runs_across_midnight() -> None:
    start, end = time(18), time(8, 30)

    period = BEIJING.shift(date(2026, 3, 17), start, end)

    assert period.end - period.start == timedelta(hours=14, minutes=30)
    night = datetime(2026, 3, 17, 20, tzinfo=UTC)  # 04:00 of the 18th in Beijing
    assert BEIJING.shift_date(night, start, end) == date(2026, 3, 17)
    assert BEIJING.shift_date(night + timedelta(hours=6), start, end) is None


def test_a_shift_of_a_whole_day_is_always_on_duty() -> None:
    noon = time(12)

    assert BEIJING.shift_date(datetime(2026, 3, 18, 3, tzinfo=UTC), noon, noon) == date(2026, 3, 17)
    assert BEIJING.shift_date(datetime(2026, 3, 18, 4, tzinfo=UTC), noon, noon) == date(2026, 3, 18)


def test_every_arrangement_names_its_source_and_whether_it_was_verified() -> None:
    for year in BEIJING.years.values():
        assert year.source
        assert year.as_of > date(2020, 1, 1)
        assert isinstance(year.verified, bool)


def test_every_worked_day_is_a_weekend_day() -> None:
    worked = [day for year in BEIJING.years.values() for day in year.worked]

    assert [day for day in worked if day.weekday() < 5] == []


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('[2026]\noff = ["2025-01-01"]\nworked = []', "2025-01-01"),
        ('[2026]\noff = ["2026-13-01"]\nworked = []', "month"),
        ('[2026]\noff = ["2026-05-01"]\nworked = ["2026-05-01"]', "2026-05-01"),
        ("[2026]\noff = []", "worked"),
        ("[2026", "workdays"),
    ],
)
def test_an_arrangement_that_is_wrong_names_the_place(table: str, told: str) -> None:
    text = f'{table}\nsource = "x"\nas_of = 2026-01-01\nverified = false\n'

    with pytest.raises(ConfigError, match=told):
        parsed(text, place="workdays")

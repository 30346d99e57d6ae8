"""Days that one question asks for together."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from detections._behaviour_days import spans

DAYS = st.sets(st.integers(0, 60)).map(
    lambda numbers: [date(2026, 1, 1) + timedelta(days=n) for n in sorted(numbers)]
)


@given(DAYS)
def test_every_day_is_in_one_run_and_no_run_is_longer_than_a_week(days: list[date]) -> None:
    runs = list(spans(days))

    assert [day for run in runs for day in run] == days
    assert all((run[-1] - run[0]).days < 7 for run in runs)


def test_a_week_is_one_run_and_the_eighth_day_begins_another() -> None:
    days = [date(2026, 3, 1) + timedelta(days=n) for n in range(8)]

    assert list(spans(days)) == [tuple(days[:7]), (days[7],)]

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from scanners._hours import left_s, span
from soc.errors import ConfigError

BEIJING = timezone(timedelta(hours=8))


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 18, hour, minute, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("now", "left"),
    [(at(22), 8 * 3600), (at(23, 30), 6 * 3600 + 1800), (at(5, 59), 60), (at(6), None)],
)
def test_hours_over_midnight_end_in_the_morning(now: datetime, left: int | None) -> None:
    assert left_s("22:00-06:00", now) == left


def test_hours_of_a_day_hold_until_their_end() -> None:
    assert left_s("12:00-13:30", at(12, 30)) == 3600
    assert left_s("12:00-13:30", at(11, 59)) is None
    assert left_s("18:00-24:00", at(23)) == 3600


@pytest.mark.parametrize("text", ["", "22-06", "25:00-06:00", "06:00-06:00", "12:00-24:30"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="hours"):
        span(text)

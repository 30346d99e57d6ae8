"""What a duty desk does with a piece of the day; the whole day is in ``tests/e2e/test_demo.py``."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from playbooks import _demo_day as made_day
from playbooks.simulate import day


def test_the_pieces_are_the_whole_day_hour_by_hour_at_work() -> None:
    assert (made_day.HOURS[0], made_day.HOURS[-1]) == (0, 24)
    assert set(range(8, 19)) <= set(made_day.HOURS)


@pytest.mark.parametrize(
    ("clock", "falls"), [(time(10), True), (time(9), False), (time(9, 30), True)]
)
def test_what_is_done_at_a_time_of_the_day_is_done_once(clock: time, falls: bool) -> None:
    start = day.midnight() + timedelta(hours=9)

    assert made_day._falls(clock, start, start + timedelta(hours=1)) is falls


def test_people_act_in_their_order_and_before_the_next_piece_comes() -> None:
    acts = (
        made_day.COLLECTED,
        made_day.DETECTED,
        made_day.PROPOSED,
        made_day.APPROVED,
        made_day.PUBLISHED,
        made_day.JUDGED,
    )

    assert list(acts) == sorted(set(acts))
    assert acts[-1] < timedelta(hours=1)

"""How many requests are on their way, and how long a repetition waits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from hypothesis import given
from hypothesis import strategies as st

from soc.store._ship_pace import Pace, Patience, narrower, wait_s, wider


@given(st.integers(0, 10_000))
def test_a_repetition_waits_at_most_as_long_as_is_said(tries: int) -> None:
    patience = Patience(first_s=0.1, most_s=20)

    assert 0 <= wait_s(tries, patience) <= min(20, 0.1 * 2 ** min(tries, 16))


@given(st.floats(1, 16), st.integers(1, 16))
def test_the_window_stays_between_one_and_its_limit(window: float, most: int) -> None:
    assert 1 <= wider(min(window, most), most) <= most
    assert narrower(window, is_refused=True) <= narrower(window, is_refused=False) <= window
    assert narrower(window, is_refused=True) >= 1


def test_answers_in_time_widen_and_one_push_back_narrows_once() -> None:
    pace = Pace(8)
    for _ in range(100):
        pace.answered(0.1, is_refused=False)
    wide = pace.window
    for _ in range(5):  # all of them were under way when the first one was pushed back
        pace.answered(3600, is_refused=True)

    assert wide == 8
    assert pace.window == 4


def test_no_more_pass_the_gate_than_the_window_lets() -> None:
    pace, leave, passed = Pace(2), Event(), []

    def request(number: int) -> None:
        with pace.turn():
            passed.append(number)
            leave.wait(30)

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(request, number) for number in range(4)]
        while len(passed) < 2:
            leave.wait(0.01)
        at_once = pace.in_flight, len(passed)
        leave.set()
        for future in futures:
            future.result()

    assert at_once == (2, 2)
    assert (pace.in_flight, len(passed)) == (0, 4)

"""Health checks are told by their rhythm and their size, and are no use."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detections._rollup_checks import regular
from soc.context import Context
from tests.conftest import SetClock
from tests.detections.flows import put
from tests.detections.rolled import AT, answer, call, registered, roll, use

MONITOR = "203.0.113.77"


@pytest.fixture(autouse=True)
def estate(context: Context, clock: SetClock) -> None:
    registered(context, clock)


def is_check(seconds: list[float], octets: list[int]) -> bool:
    at_us = (np.array(seconds) * 1e6).astype(np.int64)
    id = np.zeros(len(seconds), np.int32)
    return bool(regular(id, at_us, np.array(octets), 1, 12, 0.1)[0])


def test_a_probe_every_minute_is_taken_out_and_counted_and_a_citizen_stays(
    context: Context,
) -> None:
    probes = [call(MONITOR, n, packets=6, octets=420) for n in range(0, 3_600, 60)]
    dice = Random(7)
    visits = [
        call("203.0.113.5", dice.randrange(9_000), octets=dice.randrange(500, 9_000))
        for _ in range(60)
    ]
    put(context, [*probes, *visits])

    roll(context)

    found = use(context)
    assert (found["flows"], found["removed"], found["checks"]) == (120, 60, 60)
    assert (found["clients"], found["callers"], found["answered"]) == (1, ["203.0.113.5"], 60)


def test_a_dead_system_that_only_a_monitor_calls_has_no_client(context: Context) -> None:
    probes = [call(MONITOR, n, octets=420) for n in range(0, 7_200, 300)]
    told = [answer(MONITOR, n) for n in range(0, 7_200, 300)]
    put(context, [*probes, *told])

    roll(context)

    found = use(context)
    assert (found["flows"], found["removed"], found["clients"], found["bytes"]) == (24, 24, 0, 0)


def test_two_routers_that_see_the_probes_do_not_hide_their_rhythm(context: Context) -> None:
    probes = [call(MONITOR, n, octets=420) for n in range(0, 3_600, 60)]
    late = timedelta(seconds=17)
    again = [
        row
        | {
            "observer.name": "core",
            "@timestamp": row["@timestamp"] + late,
            "event.start": row["event.start"] + late,
        }
        for row in probes
    ]
    put(context, [*probes, *again])

    roll(context)

    assert use(context)["checks"] == 60


def test_the_day_of_a_probe_is_the_sites_day(context: Context) -> None:
    night = timedelta(hours=9)  # from 23:00 the day before
    probes = [call(MONITOR, n, octets=420) for n in range(0, 7_200, 300)]
    moved = [
        row | {"@timestamp": row["@timestamp"] - night, "event.start": row["event.start"] - night}
        for row in probes
    ]
    put(context, moved)

    roll(context)

    days = [use(context, day=AT.date() - timedelta(days=ago)) for ago in (0, 1)]
    assert [day["checks"] for day in days] == [12, 12]


@pytest.mark.parametrize(
    ("seconds", "octets", "expected"),
    [
        ([60.0 * n for n in range(12)], [420] * 12, True),
        ([60.0 * n for n in range(11)], [420] * 11, False),
        ([60.0 * n for n in range(12)], [420 + 200 * (n % 2) for n in range(12)], False),
        ([60.0 * n for n in range(12)], [420 + 20 * (n % 2) for n in range(12)], True),
        ([60.0 * n + 12 * (n % 2) for n in range(24)], [420] * 24, False),
        ([60.0 * n for n in range(24) if n not in (5, 6, 7, 15)], [420] * 20, True),
        ([60.0 * n**1.5 for n in range(24)], [420] * 24, False),
        ([0.0] * 24, [420] * 24, False),
    ],
    ids=[
        "minute",
        "too few",
        "bytes differ",
        "bytes differ a little",
        "jitter of a fifth",
        "an outage",
        "slower and slower",
        "all at once",
    ],
)
def test_a_rhythm_needs_number_period_and_size(
    seconds: list[float], octets: list[int], expected: bool
) -> None:
    assert is_check(seconds, octets) is expected


def test_citizens_who_come_when_they_like_are_no_rhythm() -> None:
    dice = np.random.default_rng(20260318)
    for _ in range(200):
        times = np.sort(dice.uniform(0, 86_400, 60)).tolist()
        assert not is_check(times, [420] * 60)


@given(st.integers(1, 3_600), st.integers(12, 200), st.randoms(use_true_random=False))
def test_order_of_rows_and_other_pairs_change_nothing(period_s: int, n: int, dice: Random) -> None:
    rows = [(0, period_s * k * 1_000_000, 300) for k in range(n)]
    rows += [(1, dice.randrange(86_400_000_000), dice.randrange(60, 9_000)) for _ in range(n)]
    dice.shuffle(rows)
    id, at, octets = (np.array(column) for column in zip(*rows, strict=True))

    found = regular(id, at, octets, 2, 12, 0.1)

    assert found[0]
    assert not found[1]

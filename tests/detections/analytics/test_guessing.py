"""Guesses planted among logins of people and scripts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from soc.context import Context
from tests.detections.events import append
from tests.detections.flows import DATA, DAWN, detect, episodes, flow, found, put, shuffled_in

AT = DAWN + timedelta(hours=11)
KIOSK, SERVER = "198.18.4.9", "198.18.9.20"


def tries(count: int, every_s: float = 6, **more: Any) -> list[dict[str, Any]]:
    shape = {"packets": 14, "octets": 2_300, "flags": DATA, "seconds": 3.0} | more
    return [
        flow(
            AT + timedelta(seconds=every_s * n), KIOSK, SERVER, 22, source_port=41_000 + n, **shape
        )
        for n in range(count)
    ]


def login(minutes: float, **more: Any) -> dict[str, Any]:
    shape = {"packets": 900, "octets": 120_000, "flags": DATA, "seconds": 1_800.0} | more
    return flow(AT + timedelta(minutes=minutes), KIOSK, SERVER, 22, source_port=45_000, **shape)


def test_many_short_sessions_are_guesses(context: Context) -> None:
    put(context, tries(60))

    detect(context)

    (alert,) = found(context, "guessing")
    assert (alert.entity, alert.count, alert.result) == (f"{KIOSK} {SERVER}", 60, "attempted")
    assert alert.victims[0].endpoint == f"{SERVER}:22"
    assert alert.explanation is not None
    assert "尝试登录 60 次" in alert.explanation


def test_a_session_that_lasts_afterwards_is_the_login_that_succeeded(context: Context) -> None:
    put(context, [*tries(60), login(7)])

    detect(context)

    (alert,) = found(context, "guessing")
    assert (alert.result, alert.severity) == ("succeeded", "critical")
    assert alert.explanation is not None
    assert "11:07 登录成功" in alert.explanation


def test_the_login_is_told_when_it_is_over_hours_later(context: Context) -> None:
    put(context, tries(60))
    detect(context)
    put(context, [login(7, seconds=7_200.0)])

    detect(context)

    (alert,) = found(context, "guessing")
    assert (alert.result, alert.count) == ("succeeded", 60)


def test_what_two_routers_export_counts_once(context: Context) -> None:
    rows = tries(15)
    put(context, [*rows, *(row | {"observer.name": "core"} for row in rows)])

    detect(context)

    assert found(context, "guessing") == []


@pytest.mark.parametrize(
    "rows",
    [
        tries(15),
        tries(60, every_s=120),
        tries(60, packets=2, flags=2),
        [row | {"destination.port": 443} for row in tries(60)],
        [login(n) for n in range(30)],
    ],
    ids=["a script's few logins", "a check every two minutes", "calls", "web", "work"],
)
def test_what_only_looks_like_guessing_is_left_alone(
    context: Context, rows: list[dict[str, Any]]
) -> None:
    put(context, rows)

    detect(context)

    assert found(context, "guessing") == []


def test_refused_logins_of_a_log_are_guesses_too(context: Context) -> None:
    refused = {
        "source.ip": KIOSK,
        "host.name": "yunting-01",
        "event.outcome": "failure",
        "soc.origin": "live",
    }
    append(context, "auth", [*([refused] * 30), refused | {"event.outcome": "success"}], at=AT)

    detect(context)

    (alert,) = found(context, "guessing")
    assert (alert.count, alert.result) == (30, "succeeded")
    assert alert.entity == f"{KIOSK} yunting-01"


def test_runs_with_late_rows_give_the_episodes_of_one_run(context: Context, other: Context) -> None:
    day = [*tries(60), login(7), *tries(90, every_s=4, octets=2_100)]
    put(other, day)
    detect(other)

    shuffled_in(context, day, 4)

    once, often = episodes(other, "guessing"), episodes(context, "guessing")
    assert [entry[:5] for entry in once] == [entry[:5] for entry in often]
    assert len(once) == 1

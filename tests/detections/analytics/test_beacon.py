"""A beacon planted among browsing, and even callers that are none."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from detections.analytics.beacon import Contact, beat_of
from soc.context import Context
from tests.detections.flows import DATA, DAWN, detect, episodes, flow, found, put, shuffled_in

AT = DAWN + timedelta(hours=11)
HOST, COMMAND = "198.18.6.30", "198.51.100.77"


def calls(
    source: str = HOST,
    destination: str = COMMAND,
    *,
    count: int = 120,
    every_s: float = 60,
    jitter: float = 0.1,
    octets: tuple[int, int] = (600, 640),
    **more: Any,
) -> list[dict[str, Any]]:
    chance = random.Random(f"{source}{destination}")
    at, rows = AT, []
    for n in range(count):
        at += timedelta(seconds=every_s * chance.uniform(1 - jitter, 1 + jitter))
        rows.append(
            flow(
                at,
                source,
                destination,
                443,
                packets=8,
                octets=chance.randint(*octets),
                flags=DATA,
                source_port=42_000 + n,
                soc__source__zone="公用网络区",
                **more,
            )
        )
    return rows


def browsing() -> list[dict[str, Any]]:
    """A person: random times, random amounts, many sites."""
    chance = random.Random(7)
    return [
        flow(
            AT + timedelta(seconds=chance.random() * 7_200),
            HOST,
            f"203.0.113.{chance.randint(1, 9)}",
            443,
            packets=20,
            octets=chance.randint(500, 50_000),
            flags=DATA,
            source_port=50_000 + n,
            soc__source__zone="公用网络区",
        )
        for n in range(400)
    ]


def test_a_beacon_with_a_tenth_of_jitter_is_found_among_browsing(context: Context) -> None:
    put(context, [*calls(), *browsing()])

    detect(context)

    (alert,) = found(context, "beacon")
    assert [a.address for a in alert.attackers] == [COMMAND]
    assert [v.endpoint for v in alert.victims] == [HOST]
    assert (alert.count, alert.direction, alert.severity) == (120, "outbound", "high")
    assert alert.explanation is not None
    assert "约每 60 秒连接一次" in alert.explanation


def test_a_beacon_that_two_routers_export_beats_no_faster(context: Context) -> None:
    seen = calls()
    late = timedelta(milliseconds=40)
    twice = [
        row | {"observer.name": "core", "event.start": row["event.start"] + late} for row in seen
    ]
    put(context, [*seen, *twice])

    detect(context)

    (alert,) = found(context, "beacon")
    assert {f.name: f.value for f in alert.figures}["gap_s"] in ("59", "60", "61")
    assert alert.count == 120


@pytest.mark.parametrize(
    "rows",
    [
        calls(count=19),
        calls(jitter=0.95),
        calls(octets=(100, 90_000)),
        calls(every_s=3),
        [row | {"destination.port": 123} for row in calls()],
        [row | {"soc.destination.zone": "互联网区"} for row in calls()],
        [row for n in range(5) for row in calls(f"198.18.6.{n + 1}")],
    ],
    ids=["too few", "uneven", "amounts vary", "a stream", "time", "inside", "popular"],
)
def test_what_only_looks_like_a_beacon_is_left_alone(
    context: Context, rows: list[dict[str, Any]]
) -> None:
    put(context, rows)

    detect(context)

    assert found(context, "beacon") == []


def test_a_monitor_that_is_allowed_may_poll_evenly(context: Context) -> None:
    from dataclasses import replace

    tables = {"analytics": {"beacon": {"allow": ["198.18.6.30"]}}}
    put(context, calls())

    detect(replace(context, config=context.config.model_copy(update={"detections": tables})))

    assert found(context, "beacon") == []


def test_runs_with_late_rows_give_the_episodes_of_one_run(context: Context, other: Context) -> None:
    day = [*calls(), *browsing()]
    put(other, day)
    detect(other)

    shuffled_in(context, day, 4)

    once, often = episodes(other, "beacon"), episodes(context, "beacon")
    assert [entry[:5] for entry in once] == [entry[:5] for entry in often]
    assert [a.count for a in found(context, "beacon")] == [120]


def test_a_beat_that_later_rows_break_is_withdrawn(context: Context) -> None:
    put(context, calls())
    detect(context)
    assert len(episodes(context, "beacon")) == 1

    put(context, [*calls(count=300, every_s=17, jitter=0.9)])
    detect(context)

    assert episodes(context, "beacon") == []
    assert [a.count for a in found(context, "beacon")] == [0]


def test_evenness_is_the_deviation_of_the_gaps_over_their_median() -> None:
    even = [Contact(AT + timedelta(seconds=60 * n), 40_000, 500) for n in range(5)]
    uneven = [even[0], even[1], Contact(AT + timedelta(seconds=90), 40_000, 700)]

    assert beat_of(even) == (60.0, 0.0, 0.0)
    assert beat_of(uneven) == (45.0, 15 / 45, 0.0)
    assert beat_of(even[:2]) is None
    assert beat_of([even[0]] * 3) is None

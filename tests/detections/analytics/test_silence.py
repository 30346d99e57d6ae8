"""Silences that are told, and those that are a habit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from soc.context import Context
from soc.records.source import Source
from soc.store import Change
from tests.conftest import SetClock
from tests.detections.flows import DAWN, detect, episodes, found, put

BIN = timedelta(minutes=5)


def lived(
    start: datetime, end: datetime, observer: str = "edge", **more: Any
) -> list[dict[str, Any]]:
    count = (end - start) // BIN
    return [
        {
            "@timestamp": start + n * BIN,
            "observer.name": observer,
            "soc.origin": "live",
            "soc.health.live": True,
            "soc.health.rows": 9,
            **more,
        }
        for n in range(count)
    ]


def put_health(context: Context, rows: list[dict[str, Any]]) -> None:
    put(context, sorted(rows, key=lambda row: row["@timestamp"]), "health")


def hours(hour: float, day: int = 0) -> datetime:
    return DAWN + timedelta(days=day, hours=hour)


def test_an_hour_without_data_is_told_with_its_span(context: Context, clock: SetClock) -> None:
    clock.set(hours(9))
    put_health(context, [*lived(hours(0, -2), hours(1 / 6)), *lived(hours(1 + 1 / 6), hours(9))])

    detect(context)

    (alert,) = found(context, "silence")
    assert (alert.entity, alert.count, alert.result) == ("edge", 1, "unknown")
    assert alert.sources == ("edge",)
    assert alert.explanation is not None
    assert "在 03-18 00:10 至 03-18 01:10 之间 60 分钟没有数据" in alert.explanation


def test_a_silence_that_lasts_is_told_without_new_rows_and_grows(
    context: Context, clock: SetClock
) -> None:
    clock.set(hours(9))
    put_health(context, lived(hours(0), hours(9)))
    detect(context)
    assert found(context, "silence") == []

    clock.set(hours(10))
    detect(context)
    clock.set(hours(11))
    detect(context)

    (alert,) = found(context, "silence")
    assert alert.count == 1
    assert alert.explanation is not None
    assert "已 120 分钟没有数据" in alert.explanation


def test_late_rows_that_fill_the_silence_withdraw_it(context: Context, clock: SetClock) -> None:
    clock.set(hours(9))
    put_health(context, [*lived(hours(0), hours(4)), *lived(hours(6), hours(9))])
    detect(context)
    assert len(episodes(context, "silence")) == 1

    put_health(context, lived(hours(4), hours(6)))
    detect(context)

    assert episodes(context, "silence") == []


def test_a_pause_of_every_night_is_normal(context: Context, clock: SetClock) -> None:
    clock.set(hours(9))
    nights = [row for d in range(-6, 1) for row in lived(hours(7, d), hours(22, d))]
    put_health(context, [row for row in nights if row["@timestamp"] < hours(9)])

    detect(context)

    assert found(context, "silence") == []


def test_thin_days_of_history_do_not_hide_an_hour_of_silence(
    context: Context, clock: SetClock
) -> None:
    clock.set(hours(9))
    thin = [row for d in range(-6, 0) for row in lived(hours(8, d), hours(9, d))]
    today = [*lived(hours(0), hours(4)), *lived(hours(5), hours(9))]
    put_health(context, [*thin, *today])

    detect(context)

    (alert,) = found(context, "silence")
    assert {f.name: f.value for f in alert.figures}["minutes"] == "60"


def test_a_quarter_of_an_hour_and_own_scanners_are_left_alone(
    context: Context, clock: SetClock
) -> None:
    clock.set(hours(9))
    scanner = Source(
        id="s",
        state="active",
        at=clock.now(),
        author=context.actor.author(),
        name="nmap",
        type="scanner",
    )
    context.store.records.apply([Change("s", scanner, 0)])
    put_health(context, [*lived(hours(0), hours(4)), *lived(hours(4.25), hours(9))])
    put_health(context, lived(hours(0), hours(1), "nmap"))

    detect(context)

    assert found(context, "silence") == []


def test_of_a_source_in_batches_only_gaps_within_are_told(
    context: Context, clock: SetClock
) -> None:
    from dataclasses import replace

    tables = {"analytics": {"silence": {"batched": ["edge"]}}}
    clock.set(hours(9))
    put_health(context, lived(hours(0), hours(4)))

    detect(replace(context, config=context.config.model_copy(update={"detections": tables})))

    assert found(context, "silence") == []

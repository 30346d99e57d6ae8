"""Data that leaves, beside transfers that always do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from detections.analytics.exfiltration import Past, Settings, is_outlier, score
from soc.context import Context
from soc.records.asset import Asset
from soc.store import Change
from tests.detections.flows import DATA, DAWN, detect, flow, found, put, shuffled_in

AT = DAWN + timedelta(hours=2)
DATABASE, OUTSIDE, BACKUP = "198.18.8.20", "203.0.113.200", "203.0.113.90"
GB = 1_000_000_000


def sent(gigabytes: float, days_ago: int = 0, **more: Any) -> list[dict[str, Any]]:
    """Two flows of one night."""
    ends = {"source": DATABASE, "destination": OUTSIDE} | {
        name: more.pop(name) for name in ("source", "destination") if name in more
    }
    return [
        flow(
            AT - timedelta(days=days_ago) + timedelta(minutes=10 * n),
            ends["source"],
            ends["destination"],
            443,
            packets=90_000,
            octets=int(gigabytes * GB / 2),
            flags=DATA,
            soc__source__zone="政务云",
            **more,
        )
        for n in range(2)
    ]


def past(gigabytes: float = 0.01, destination: str = "203.0.113.7") -> list[dict[str, Any]]:
    """Ten days on which the host was seen."""
    return [
        row
        for day in range(1, 11)
        for row in sent(gigabytes * (1 + day % 3 / 10), day, destination=destination)
    ]


def test_far_more_than_ever_to_a_new_destination_is_found(context: Context) -> None:
    put(context, [*past(), *sent(18)])

    detect(context)

    (alert,) = found(context, "exfiltration")
    assert [a.address for a in alert.attackers] == [OUTSIDE]
    assert [v.endpoint for v in alert.victims] == [DATABASE]
    assert (alert.direction, alert.result, alert.confidence) == ("outbound", "succeeded", "medium")
    assert alert.explanation is not None
    assert "发送 18.00 GB" in alert.explanation


def test_a_backup_with_a_history_is_explained_by_it_and_hides_no_other(context: Context) -> None:
    put(context, [*past(10, BACKUP), *sent(10.5, destination=BACKUP), *sent(9)])

    detect(context)

    assert [a.attackers[0].address for a in found(context, "exfiltration")] == [OUTSIDE]


def test_a_host_that_sends_much_to_ever_new_places_is_as_usual(context: Context) -> None:
    rows = [
        row
        for day in range(1, 11)
        for row in sent(2 + day % 3, day, destination=f"203.0.113.{day}")
    ]
    put(context, [*rows, *sent(4)])

    detect(context)

    assert found(context, "exfiltration") == []


@pytest.mark.parametrize(
    "rows",
    [
        [*past(), *sent(0.5)],
        [*past(), *[row | {"soc.destination.zone": "政务云"} for row in sent(18)]],
        sent(3),
    ],
    ids=["little", "stays inside", "much, but no history to compare"],
)
def test_what_only_looks_like_it_is_left_alone(
    context: Context, rows: list[dict[str, Any]]
) -> None:
    put(context, rows)

    detect(context)

    assert found(context, "exfiltration") == []


def test_without_history_very_much_is_told_with_low_confidence(context: Context) -> None:
    put(context, sent(18))

    detect(context)

    (alert,) = found(context, "exfiltration")
    assert alert.confidence == "low"
    assert alert.explanation is not None
    assert "只有 0 天历史可比" in alert.explanation


def test_a_declared_transfer_is_not_looked_at(context: Context) -> None:
    tables = {"analytics": {"exfiltration": {"declared": [f"{DATABASE}>203.0.113.192/28"]}}}
    put(context, [*past(), *sent(18)])

    detect(replace(context, config=context.config.model_copy(update={"detections": tables})))

    assert found(context, "exfiltration") == []


def test_behind_a_translated_address_the_victim_is_the_inside_host(context: Context) -> None:
    nat = Asset(
        id="lt-nat",
        state="active",
        at=context.clock.now(),
        author=context.actor.author(),
        name="出口",
        type="nat",
    )
    context.store.records.apply([Change("nat", nat, 0)])
    outer = sent(18, source="192.0.2.129", soc__source__asset="lt-nat", observer__name="outer")
    put(context, [*past(), *sent(18), *outer])

    detect(context)

    assert [a.victims[0].endpoint for a in found(context, "exfiltration")] == [DATABASE]


def test_what_two_routers_export_counts_once(context: Context) -> None:
    twice = [row | {"observer.name": "core"} for row in sent(0.7)]
    put(context, [*past(), *sent(0.7), *twice])

    detect(context)

    assert found(context, "exfiltration") == []


def test_runs_with_late_rows_find_the_same(context: Context) -> None:
    put(context, past())
    detect(context)

    shuffled_in(context, sent(18), 3)

    (alert,) = found(context, "exfiltration")
    assert alert.count == 1
    assert alert.explanation is not None
    assert "18.00 GB" in alert.explanation


def test_the_score_is_robust_and_its_deviation_has_a_floor() -> None:
    settings = Settings(least_bytes=1, floor_bytes=10)

    assert score(100, (), settings) == 10
    assert score(100, (0, 0, 0, 9_000), settings) == 10
    assert score(1_000, (500,) * 9, settings) == 10
    assert score(1_000, (400, 500, 600), settings) == pytest.approx(500 / 148.26)


def test_both_the_pair_and_the_host_must_be_beyond_their_past() -> None:
    settings = Settings(least_bytes=1, floor_bytes=10)
    calm, busy = (0,) * 9, (100_000,) * 9

    assert is_outlier(1_000, Past(calm, calm), settings)
    assert not is_outlier(1_000, Past(calm, busy), settings)
    assert not is_outlier(1_000, Past(busy, calm), settings)

"""Scans planted among what looks like them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from soc.context import Context
from tests.detections.flows import (
    DATA,
    DAWN,
    REFUSED,
    SYN,
    detect,
    episodes,
    flow,
    found,
    put,
    shuffled_in,
)

AT = DAWN + timedelta(hours=10, minutes=20)


def sweep(source: str, prefix: str, hosts: int, **more: Any) -> list[dict[str, Any]]:
    return [
        flow(AT + timedelta(seconds=3 * n), source, f"{prefix}{n + 1}", 445, **more)
        for n in range(hosts)
    ]


@pytest.mark.parametrize(
    ("source", "prefix"), [("198.18.4.9", "198.18.7."), ("2001:db8:7::9", "2001:db8:8::")]
)
def test_a_sweep_of_sixty_hosts_is_found_over_both_families(
    context: Context, source: str, prefix: str
) -> None:
    put(context, sweep(source, prefix, 60, soc__source__zone="公用网络区"))

    detect(context)

    (alert,) = found(context, "scan")
    assert alert.attackers[0].address == source
    assert (alert.count, len(alert.victims), len(alert.evidence)) == (60, 60, 20)
    assert alert.explanation is not None
    assert "60 个地址的 tcp/445 端口" in alert.explanation
    assert {f.name: f.value for f in alert.figures}["hosts"] == "60"


def test_refused_calls_count_as_unanswered_ones_do(context: Context) -> None:
    put(context, sweep("198.18.4.9", "198.18.7.", 60, flags=REFUSED, packets=2))

    detect(context)

    assert len(found(context, "scan")) == 1


def test_denials_of_a_firewall_alone_show_a_scan_that_was_blocked(context: Context) -> None:
    rows = [
        {**row, "event.action": "denied", "soc.tcp_flags": None}
        for row in sweep("198.51.100.23", "192.0.2.", 60)
    ]
    keys = ("soc.tcp_flags", "source.packets", "source.bytes", "network.bytes")
    put(context, [{k: v for k, v in row.items() if k not in keys} for row in rows], "firewall")

    detect(context)

    (alert,) = found(context, "scan")
    assert alert.result == "blocked"


def test_many_ports_of_one_host_are_a_vertical_scan(context: Context) -> None:
    put(
        context,
        [flow(AT + timedelta(seconds=n), "198.51.100.9", "192.0.2.20", 20 + n) for n in range(40)],
    )

    detect(context)

    (alert,) = found(context, "scan")
    assert [victim.endpoint for victim in alert.victims] == ["192.0.2.20"]
    assert alert.explanation is not None
    assert "192.0.2.20 的 40 个端口" in alert.explanation


@pytest.mark.parametrize(
    "rows",
    [
        sweep("198.18.4.9", "198.18.7.", 24),
        sweep("198.18.4.9", "198.18.7.", 60, flags=DATA, packets=12, octets=4_000),
        [
            flow(AT + timedelta(minutes=20 * n), "198.18.4.9", f"198.18.7.{n + 1}", 445)
            for n in range(60)
        ],
        [
            flow(AT, "192.0.2.10", f"203.0.113.{n + 1}", 40_000 + n, flags=SYN | 0x10)
            for n in range(60)
        ],
    ],
    ids=["too few hosts", "sessions with data", "too slow", "answers of a server"],
)
def test_what_only_looks_like_a_scan_is_left_alone(
    context: Context, rows: list[dict[str, Any]]
) -> None:
    put(context, rows)

    detect(context)

    assert found(context, "scan") == []


def test_runs_with_late_rows_give_the_episodes_of_one_run(context: Context, other: Context) -> None:
    day = [
        *sweep("198.18.4.9", "198.18.7.", 60),
        *(
            flow(AT + timedelta(hours=h, seconds=8 * n), "198.51.100.9", f"192.0.2.{n + 1}", 22)
            for h in (1, 2)
            for n in range(100)
        ),
    ]
    put(other, day)
    detect(other)

    shuffled_in(context, day, 5)

    once, often = episodes(other, "scan"), episodes(context, "scan")
    assert [entry[:5] for entry in once] == [entry[:5] for entry in often]
    assert len(once) == 3
    assert sum(a.count for a in found(context, "scan")) == sum(
        a.count for a in found(other, "scan")
    )


def test_two_episodes_that_grow_together_are_one(context: Context) -> None:
    first = sweep("198.18.4.9", "198.18.7.", 30)
    last = [row | {"@timestamp": row["@timestamp"] + timedelta(hours=1)} for row in first]
    between = [
        row | {"@timestamp": row["@timestamp"] + timedelta(minutes=minutes)}
        for row in first
        for minutes in (10, 20, 30, 40, 50)
    ]
    put(context, [*first, *last])
    detect(context)
    assert len(episodes(context, "scan")) == 2

    put(context, between)
    detect(context)

    (episode,) = episodes(context, "scan")
    (alert,) = found(context, "scan")
    assert episode[3] == 30
    assert alert.count == 30


def test_an_allowed_scanner_is_not_looked_at(context: Context) -> None:
    from dataclasses import replace

    tables = {"analytics": {"scan": {"allow": ["198.18.4.0/28"]}}}
    config = context.config.model_copy(update={"detections": tables})
    put(context, sweep("198.18.4.9", "198.18.7.", 60))

    detect(replace(context, config=config))

    assert found(context, "scan") == []

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime
from typing import Any

import orjson
import pytest

from playbooks.simulate import _campaigns, _eve
from playbooks.simulate._planted import PLANTED, TWINS, Session
from playbooks.simulate.day import DATE, ZONE, midnight


def lines(seed: int = 7, background: int = 80) -> list[bytes]:
    return [line for _, line in _eve.lines(midnight(), random.Random(seed), background)]


@pytest.fixture
def events() -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in lines()]


def test_the_lines_are_in_order_of_time_and_of_the_day(events: list[dict[str, Any]]) -> None:
    times = [datetime.fromisoformat(event["timestamp"]) for event in events]

    assert times == sorted(times)
    assert {time.astimezone(ZONE).date() for time in times} == {DATE}


def test_every_line_has_what_suricata_writes(events: list[dict[str, Any]]) -> None:
    shared = {"timestamp", "flow_id", "in_iface", "event_type", "src_ip", "src_port", "dest_ip"}

    assert {kind for event in events for kind in [event["event_type"]]} == {"http", "dns", "alert"}
    assert [event for event in events if not shared | {event["event_type"]} <= event.keys()] == []


def test_every_trace_of_planted_things_and_twins_is_one_line(events: list[dict[str, Any]]) -> None:
    traces = [t for thing in (*PLANTED, *TWINS) for t in thing.traces if not isinstance(t, Session)]
    sources = Counter(getattr(t, "client", "") or t.source for t in traces)  # type: ignore[union-attr]
    seen = Counter(event["src_ip"] for event in events)

    assert {ip: seen[ip] for ip in sources if not ip.startswith(("198.18.", "203.0.113."))} == {
        ip: times for ip, times in sources.items() if not ip.startswith(("198.18.", "203.0.113."))
    }


def test_the_usual_alerts_were_all_blocked(events: list[dict[str, Any]]) -> None:
    passed = {e["src_ip"] for e in events if e.get("alert", {}).get("action") == "allowed"}

    assert passed == {"198.51.100.88"}


def test_the_same_seed_writes_the_same_bytes() -> None:
    assert lines() == lines() != lines(seed=8)


def test_each_line_comes_with_its_own_time() -> None:
    made = _eve.lines(midnight(), random.Random(7), 80)

    assert [at for at, _ in made] == [
        datetime.fromisoformat(orjson.loads(line)["timestamp"]) for _, line in made
    ]


def test_the_storm_ends_before_its_one_request_succeeds(events: list[dict[str, Any]]) -> None:
    storm = [e["timestamp"] for e in events if e.get("xff") == _campaigns.STORMER]
    (success,) = (
        e["timestamp"] for e in events if e.get("http", {}).get("xff") == _campaigns.STORMER
    )

    assert len(storm) == 2_300
    assert min(storm)[10:16] == "T14:05"
    assert max(storm) < success

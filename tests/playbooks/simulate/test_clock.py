from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from playbooks.simulate._clock import MadeClock

START = datetime(2026, 3, 18, 15, 40, tzinfo=UTC)


def test_it_starts_where_it_is_set_and_hardly_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    clock = MadeClock(START)
    monkeypatch.setattr(time, "monotonic", lambda: 102.5)

    assert START < clock.now() < START + timedelta(seconds=0.1)


def test_it_can_be_set_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    clock = MadeClock(START)
    later = START + timedelta(hours=6)

    clock.set(later)

    assert clock.now() == later


def test_it_tells_utc_whatever_zone_it_is_set_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)

    now = MadeClock(START.astimezone(ZoneInfo("Asia/Shanghai"))).now()

    assert (now, now.tzinfo) == (START, UTC)

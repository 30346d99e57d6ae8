"""Fixtures that every test may ask for: a clock, a home, a real context on both."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from soc.config import Config, EstateSettings, Person, Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from soc.context import Context

settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")
os.environ["SOC_LANG"] = "en"

NOW = datetime(2026, 3, 18, 1, tzinfo=UTC)  # 09:00 in Beijing, a Wednesday


class SetClock:
    """A clock that stands still until it is set."""

    def __init__(self, start: datetime = NOW) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now

    def advance(self, **span: float) -> None:
        self._now += timedelta(**span)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def config(home: Path) -> Config:
    return Config(
        home=home,
        site=Site(name="澜汀区政务服务和数据管理局", code="lt", region="澜汀区"),
        estate=EstateSettings(guard_profile="documentation-allowed"),
        people={
            "tester": Person(
                name="周启明", rights=frozenset({"approve", "scan", "block", "judge"})
            ),
            "second": Person(name="林若溪", rights=frozenset({"approve", "block"})),
        },
    )


@pytest.fixture
def context(config: Config, clock: SetClock) -> Iterator[Context]:
    from cli import jobs
    from soc._open import open_context
    from soc.actor import Actor

    rights = frozenset({"approve", "scan", "block", "judge", "admin"})
    actor = Actor(login="tester", person="周启明", rights=rights, through="cli", host="test")
    with open_context(config, jobs(), clock=clock, actor=actor) as opened:
        yield opened

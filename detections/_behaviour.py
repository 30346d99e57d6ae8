"""What an analytic is made of: its rule, what it is asked, and what it finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from pydantic import Field, field_validator

from detections._networks import Networks
from soc.config import Settings
from soc.query import Window
from soc.where import EVERYTHING, Cidr, Not, Some, Where

Level = Literal["informational", "low", "medium", "high", "critical"]
Result = Literal["attempted", "blocked", "succeeded", "compromised", "unknown"]
Confidence = Literal["low", "medium", "high"]
End = Literal["source", "destination"]
LEVELS: tuple[Level, ...] = ("informational", "low", "medium", "high", "critical")


class AnalyticSettings(Settings):
    """``[detections.analytics.<name>]``: what every analytic takes."""

    enabled: bool = Field(default=True, description="Whether it runs")
    allow: Networks = Field(
        default=(), description="Networks of hosts whose behaviour is expected, such as monitors"
    )


class WindowSettings(AnalyticSettings):
    """Analytics that count in windows."""

    timespan_s: int = Field(
        default=600, ge=2, description="Seconds in which the count must be reached"
    )

    @field_validator("timespan_s")
    @classmethod
    def _divides(cls, value: int) -> int:
        if value % 2 or 86_400 % (value // 2):
            raise ValueError("half of it must divide a day: write 300, 600, 1200, 3600 …")
        return value


@dataclass(frozen=True, slots=True)
class Rule:
    """What an analytic says of itself; title and sentences are in ``soc/text/*/analytics.toml``."""

    name: str  # of its module
    level: Level
    category: str  # class/sub-class of GB/T 20986
    techniques: tuple[str, ...]
    tactics: tuple[str, ...]
    datasets: tuple[str, ...]  # that it reads; it is asked for each of them
    version: int = 1  # raised whenever it finds something else
    confidence: Confidence = "medium"
    is_daily: bool = False  # judges whole days: what a day no longer shows is withdrawn
    is_timed: bool = False  # runs without new rows too: absence is what it looks for
    sentences: tuple[str, ...] = ("sentence",)

    @property
    def id(self) -> str:
        return f"analytic.{self.name}"

    @property
    def severity(self) -> int:
        """1 (informational) to 5 (critical)."""
        return LEVELS.index(self.level) + 1


@dataclass(frozen=True, slots=True)
class Reading:
    """New rows of one dataset, and the site's days that they happened on."""

    dataset: str
    window: Window
    days: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """One episode as all rows show it now; the driver numbers it and adds sample events.

    ``group`` tells episodes of one analytic apart that may overlap in time; ``entity`` is what
    alerts are grouped by. ``where`` finds the rows that it rests on, from ``start`` to ``end``.
    """

    group: str
    entity: str
    start: datetime
    end: datetime  # included
    origin: str
    count: int
    attackers: tuple[str, ...] = ()
    victims: tuple[str, ...] = ()
    victim_end: End = "destination"
    port: int | None = None
    figures: Mapping[str, str | int] = field(default_factory=dict)
    sentence: str = "sentence"
    where: Where | None = None
    events: tuple[str, ...] = ()  # samples that come first
    day: date | None = None  # that was judged, where the analytic is daily
    observer: str | None = None  # where there are no sample events
    result: Result = "attempted"
    level: Level | None = None  # where it differs from the rule's
    confidence: Confidence | None = None


def allowed_out(settings: AnalyticSettings, *columns: str) -> Where:
    """Rows none of whose named ends is in the allow list."""
    found = tuple(Cidr(name, text) for name in columns for text in settings.allow)
    return Not(Some(found)) if found else EVERYTHING

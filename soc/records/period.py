"""时期: a time with rules of its own (重保, our own maintenance)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from soc.records import Record


@dataclass(frozen=True, kw_only=True)
class TimePeriod(Record):
    kind: ClassVar[str] = "period"
    states: ClassVar[tuple[str, ...]] = ("planned", "cancelled")
    transitions: ClassVar[dict[str, tuple[str, ...]]] = {
        "planned": ("cancelled",),
        "cancelled": ("planned",),
    }
    indexed: ClassVar[tuple[str, ...]] = ("name", "type")

    name: str
    type: Literal["guarded", "maintenance"]
    start: datetime
    end: datetime
    units: tuple[str, ...] = ()  # maintenance of whom; empty: all
    sources: tuple[str, ...] = ()  # data sources that may be silent meanwhile


KIND = TimePeriod

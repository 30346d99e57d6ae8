"""运行: one run of a job, whoever started it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from soc.records import Record


@dataclass(frozen=True, kw_only=True)
class Run(Record):
    kind: ClassVar[str] = "run"
    states: ClassVar[tuple[str, ...]] = ("running", "done", "partial", "failed", "skipped")
    transitions: ClassVar[dict[str, tuple[str, ...]]] = {
        "running": ("done", "partial", "failed", "skipped"),
    }
    indexed: ClassVar[tuple[str, ...]] = ("job", "state")

    job: str
    started_at: datetime
    ended_at: datetime | None = None
    result: Literal["done", "partial", "failed", "skipped"] | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    coverage: float | None = None  # of its sources, 0 to 1
    errors: tuple[str, ...] = ()


KIND = Run

"""扫描: one active measurement, what was planned and what became of each target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from soc.records import Record


@dataclass(frozen=True, kw_only=True)
class TargetOutcome:
    """One target; a timed-out or unreached one is unknown, never down."""

    target: str
    zone: str | None = None
    outcome: str  # up, down, unknown, refused
    reason: str | None = None
    open_ports: int = 0


@dataclass(frozen=True, kw_only=True)
class Scan(Record):
    kind: ClassVar[str] = "scan"
    states: ClassVar[tuple[str, ...]] = (
        "planned",
        "running",
        "done",
        "partial",
        "stopped",
        "failed",
    )
    transitions: ClassVar[dict[str, tuple[str, ...]]] = {
        "planned": ("running", "stopped", "failed"),
        "running": ("done", "partial", "stopped", "failed"),
        "stopped": ("running",),
        "partial": ("running",),
        "failed": ("running",),
    }
    rights: ClassVar[dict[str, str]] = {"running": "scan"}
    indexed: ClassVar[tuple[str, ...]] = ("run", "plan", "state")

    plan: str  # name of the plan: daily, weekly, single …
    scanner: str | None = None  # plug-in
    run: str | None = None  # run id
    authorization: str | None = None
    vantage: str | None = None  # 探测位置
    targets: tuple[str, ...] = ()  # as planned: networks
    ports: str | None = None
    arguments: tuple[str, ...] = ()  # as given to the program
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outcomes: tuple[TargetOutcome, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)  # outcome -> targets
    coverage: float | None = None  # share of targets with an answer either way
    findings: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


KIND = Scan

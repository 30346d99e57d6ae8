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
    outcome: str  # up, down, unknown, refused (in the ledger, outside scope or excluded)
    reason: str | None = None
    open_ports: int = 0
    unit: str | None = None  # id
    change: str | None = None  # first, ports, banner, stale: why its services were asked


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
        "suspect",
    )
    transitions: ClassVar[dict[str, tuple[str, ...]]] = {
        "planned": ("running", "stopped", "failed"),
        "running": ("done", "partial", "stopped", "failed", "suspect"),
        "stopped": ("running",),
        "partial": ("running",),
        "failed": ("running",),
        "suspect": ("done", "partial"),  # a person says that the fall is real
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
    is_suspect: bool = False  # far fewer hosts live than before: no verdict may rest on it
    hosts_before: int | None = None  # of the same targets, live when last measured
    phases: Mapping[str, int] = field(default_factory=dict)  # phase -> hosts probed in it


KIND = Scan

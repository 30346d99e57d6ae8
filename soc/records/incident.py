"""事件: an attack that is judged, contained, traced, reported and learned from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from soc.records import Record
from soc.records._parts import Step

Level = Literal["extreme", "major", "serious", "general"]  # 特别重大 重大 较大 一般


@dataclass(frozen=True, kw_only=True)
class Rung:
    """上报: one hop of the ladder of reports and its deadline."""

    to: str
    due_at: datetime
    sent_at: datetime | None = None
    receipt: str | None = None  # evidence


_OUTCOMES = ("adopted", "returned", "not_adopted")


@dataclass(frozen=True, kw_only=True)
class Incident(Record):
    kind: ClassVar[str] = "incident"
    states: ClassVar[tuple[str, ...]] = (
        "detected",
        "judging",
        "false_positive",
        "not_attack",
        "confirmed",
        "handling",
        "tracing",
        "to_report",
        "reported",
        "adopted",
        "returned",
        "not_adopted",
        "review",
        "closed",
    )
    transitions: ClassVar[dict[str, tuple[str, ...]]] = {
        "detected": ("judging",),
        "judging": ("false_positive", "not_attack", "confirmed"),
        "false_positive": ("judging",),
        "not_attack": ("judging",),
        "confirmed": ("handling", "judging"),
        "handling": ("tracing", "to_report", "review"),
        "tracing": ("handling", "to_report", "review"),
        "to_report": ("reported", "tracing"),
        "reported": (*_OUTCOMES, "review"),
        "returned": ("to_report", "tracing"),
        "adopted": ("review",),
        "not_adopted": ("review", "to_report"),
        "review": ("closed", "handling"),
        "closed": ("review",),
    }
    rights: ClassVar[dict[str, str]] = {
        "false_positive": "judge",
        "not_attack": "judge",
        "confirmed": "judge",
    }
    indexed: ClassVar[tuple[str, ...]] = ("alerts", "systems", "assets", "units", "state")

    title: str
    category: str | None = None  # 大类, GB/T 20986-2023
    subcategory: str | None = None  # 子类
    official_code: str | None = None  # typed in by the bureau
    suggested_level: Level | None = None  # 建议级别, by software
    level: Level | None = None  # 认定级别, by a person
    level_by: str | None = None
    units: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    attack_start: datetime | None = None
    detected_at: datetime | None = None
    judged_at: datetime | None = None
    contained_at: datetime | None = None
    eradicated_at: datetime | None = None
    recovered_at: datetime | None = None
    reported_at: datetime | None = None
    closed_at: datetime | None = None
    attackers: tuple[str, ...] = ()  # addresses
    entry: str | None = None  # 入口
    impact: str | None = None
    timeline: tuple[Step, ...] = ()
    trace: str | None = None  # 溯源: what is proved
    conjecture: str | None = None  # 推测: what is not
    ladder: tuple[Rung, ...] = ()
    alerts: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()

    def objection(self, before: Incident | None) -> str | None:
        if self.level is not None and not self.level_by:
            return "a level is given by a person; fill level_by (software fills suggested_level)"
        return super().objection(before)


KIND = Incident

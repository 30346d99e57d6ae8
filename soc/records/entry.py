"""记事: one line of a log that a team keeps, of a drill for one; written once, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from soc.records import Record, make_id

Stage = Literal[
    "prepare",  # 备战
    "detect",  # 发现
    "judge",  # 研判
    "respond",  # 处置
    "trace",  # 溯源
    "report",  # 上报
    "problem",  # 问题, to be put right
    "review",  # 复盘
]


@dataclass(frozen=True, kw_only=True)
class Entry(Record):
    """``author`` wrote it at ``at``; it happened at ``happened_at``."""

    kind: ClassVar[str] = "entry"
    states: ClassVar[tuple[str, ...]] = ("kept",)
    transitions: ClassVar[dict[str, tuple[str, ...]]] = {"kept": ()}
    indexed: ClassVar[tuple[str, ...]] = ("about", "stage")

    about: str  # id of the record whose log it is in
    happened_at: datetime
    stage: Stage | None = None
    text: str
    evidence: tuple[str, ...] = ()  # evidence ids

    @staticmethod
    def key(site_code: str, about: str, happened_at: datetime, text: str, login: str) -> str:
        """Id of what a person wrote of a moment: written twice it is one entry."""
        return make_id(site_code, "entry", about, happened_at.isoformat(), text, login)

    def objection(self, before: Entry | None) -> str | None:
        if before is not None:
            return "what stands in a log is never changed; write another entry"
        return super().objection(before)


KIND = Entry

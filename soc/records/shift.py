"""班次: who is on duty, and what is handed over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from soc.records import Record
from soc.records._parts import Step


@dataclass(frozen=True, kw_only=True)
class Shift(Record):
    kind: ClassVar[str] = "shift"
    states: ClassVar[tuple[str, ...]] = ("planned", "on", "handed_over", "cancelled")
    transitions: ClassVar[dict[str, tuple[str, ...]]] = {
        "planned": ("on", "cancelled"),
        "on": ("handed_over",),
        "handed_over": (),
        "cancelled": ("planned",),
    }
    personal: ClassVar[tuple[str, ...]] = ("people", "lead", "handed_to", "log.by")
    indexed: ClassVar[tuple[str, ...]] = ("post", "state")

    start: datetime
    end: datetime  # may lie on the next day
    post: str  # 岗位
    people: tuple[str, ...] = ()
    lead: str | None = None  # 带班
    type: Literal["daily", "guarded", "drill"] = "daily"  # 日常 重保 演练
    handed_to: str | None = None
    handed_at: datetime | None = None
    summary: str | None = None
    open_items: tuple[str, ...] = ()  # 遗留
    log: tuple[Step, ...] = ()


KIND = Shift

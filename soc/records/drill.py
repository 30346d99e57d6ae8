"""演练: an attack-defence drill; several overlap, so other records hold ``drills``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from soc.records import Record


@dataclass(frozen=True, kw_only=True)
class Participant:
    """参演: a unit and its part."""

    unit: str
    role: str | None = None  # attacker, defender, referee …
    group: str | None = None


@dataclass(frozen=True, kw_only=True)
class Post:
    """岗位: who stands where."""

    name: str  # 监测组 研判组 处置组 溯源组 …
    people: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Drill(Record):
    kind: ClassVar[str] = "drill"
    states: ClassVar[tuple[str, ...]] = ("planned", "running", "review", "closed", "cancelled")
    transitions: ClassVar[dict[str, tuple[str, ...]]] = {
        "planned": ("running", "cancelled"),
        "running": ("review", "cancelled"),
        "review": ("closed", "running"),
        "closed": ("review",),
        "cancelled": (),
    }
    personal: ClassVar[tuple[str, ...]] = ("posts.people",)
    indexed: ClassVar[tuple[str, ...]] = ("name", "state")

    name: str
    year: int
    level: Literal["national", "province", "city", "district", "own"] | None = None
    type: Literal["attack_defence", "response", "tabletop"] | None = None  # 攻防 应急 桌面
    organiser: str | None = None
    our_role: Literal["defender", "organiser"] | None = None
    start: datetime
    end: datetime | None = None
    participants: tuple[Participant, ...] = ()
    targets: tuple[str, ...] = ()  # 靶标: system ids, or networks
    attack_sources: tuple[str, ...] = ()  # 攻击队备案源: networks
    protected: tuple[str, ...] = ()  # 保护名单: networks that must not be blocked
    posts: tuple[Post, ...] = ()
    rule_file: str | None = None  # 评分规则
    rule_sha256: str | None = None
    self_score: float | None = None  # 自评
    official_score: float | None = None  # 认定, never mixed with the former


KIND = Drill

"""告警: what we conclude from matches; folding of matches is in ``detections.alerts``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from soc.records import Record, make_id

Severity = Literal["informational", "low", "medium", "high", "critical"]  # Sigma's levels
Confidence = Literal["low", "medium", "high"]
AttackResult = Literal["attempted", "blocked", "succeeded", "compromised", "unknown"]
Judgement = Literal["attack", "not_attack", "false_positive", "undetermined"]
Direction = Literal["inbound", "outbound", "lateral", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Attacker:
    """攻击方: the address that is to blame, which a rule names (not simply the source)."""

    address: str
    zone: str | None = None
    forwarded: str | None = None  # the proxy that stood between
    asn: int | None = None


@dataclass(frozen=True, kw_only=True)
class Victim:
    """受害方: whose it was when it happened."""

    endpoint: str  # address, or address and port
    zone: str | None = None
    asset: str | None = None
    system: str | None = None
    unit: str | None = None


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """Share of a source's live bins while the alert arose."""

    source: str
    fraction: float  # 0 to 1


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number or fact that an analytic rests on."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Comment:
    """A remark of somebody on the desk."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Alert(Record):
    kind: ClassVar[str] = "alert"
    states: ClassVar[tuple[str, ...]] = ("open", "acknowledged", "closed", "suppressed")
    transitions: ClassVar[dict[str, tuple[str, ...]]] = {
        "open": ("acknowledged", "closed", "suppressed"),
        "acknowledged": ("open", "closed", "suppressed"),
        "suppressed": ("open", "closed"),
        "closed": ("open",),
    }
    rights: ClassVar[dict[str, str]] = {"closed": "judge"}
    indexed: ClassVar[tuple[str, ...]] = (
        "entity",
        "attackers.address",
        "victims.endpoint",
        "incident",
        "victims.system",
        "rule",
        "victims.unit",
        "state",
    )

    rule: str
    rule_version: str | None = None
    entity: str | None = None  # what the alert is about within its rule: one open alert each
    title: str
    first_seen: datetime
    last_seen: datetime
    count: int = 1  # matches folded into it
    attackers: tuple[Attacker, ...] = ()
    victims: tuple[Victim, ...] = ()
    direction: Direction | None = None
    result: AttackResult = "unknown"  # 攻击结果
    severity: Severity = "medium"
    confidence: Confidence | None = None
    category: str | None = None  # 类别, GB/T 20986-2023
    techniques: tuple[str, ...] = ()  # ATT&CK
    layer: str | None = None  # 云 网 边 端
    team: str | None = None  # 队伍
    sources: tuple[str, ...] = ()  # observers that saw it
    coverage: tuple[Coverage, ...] = ()
    assignee: str | None = None  # login
    shift: str | None = None
    verdict: Judgement | None = None  # 研判
    judged_by: str | None = None
    judged_at: datetime | None = None
    suppressed_by: str | None = None  # suppression id
    incident: str | None = None
    evidence: tuple[str, ...] = ()  # at most 20 event ids or evidence ids
    explanation: str | None = None  # one sentence, where the rule has one
    figures: tuple[Figure, ...] = ()  # that the latest match rests on
    comments: tuple[Comment, ...] = ()

    @staticmethod
    def key(site_code: str, rule: str, first: str) -> str:
        """Id of an alert: its rule and the id of the event or episode that opened it."""
        return make_id(site_code, "alert", rule, first)

    def objection(self, before: Alert | None) -> str | None:
        if self.state == "closed" and self.verdict is None:
            return "an alert is closed with a verdict; fill verdict"
        if self.state == "suppressed" and self.suppressed_by is None:
            return "an alert is suppressed by a suppression; fill suppressed_by"
        return super().objection(before)


KIND = Alert

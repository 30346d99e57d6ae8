"""判定: what the evidence of all sources says of a system or address (zombie, shadow, lost)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from soc.records import Record, make_id
from soc.records._parts import Span, freely


@dataclass(frozen=True, kw_only=True)
class Signal:
    """One reason for the score, so that it can be shown to the unit again."""

    family: Literal["passive", "active", "governance"]
    rule: str
    value: str | None = None  # what was measured
    threshold: str | None = None
    points: float
    period: Span | None = None
    coverage: float | None = None  # 0 to 1
    source: str | None = None  # query, scan run or row of the ledger


@dataclass(frozen=True, kw_only=True)
class FamilyScore:
    """Points of one family, capped, and how well it was covered."""

    family: Literal["passive", "active", "governance"]
    points: float
    cap: float
    coverage: float | None = None  # share of days or runs that count


@dataclass(frozen=True, kw_only=True)
class Verdict(Record):
    kind: ClassVar[str] = "verdict"
    states: ClassVar[tuple[str, ...]] = (
        "active",
        "suspected",
        "zombie",
        "lost",
        "shadow",
        "unverified",
        "answering",  # 关停仍应答: retired by the ledger, yet it answers
        "unscored",  # shared address, network gear, too new: nothing is said
    )
    transitions: ClassVar[dict[str, tuple[str, ...]]] = freely(states)
    indexed: ClassVar[tuple[str, ...]] = (
        "subject",
        "system",
        "asset",
        "unit",
        "state",
        "rule_set",
    )

    rule_set: str
    rule_version: str | None = None
    subject: str  # system id, or address with its zone
    unit: str | None = None
    system: str | None = None
    asset: str | None = None
    score: float | None = None  # 0 to 100
    families: tuple[FamilyScore, ...] = ()
    signals: tuple[Signal, ...] = ()
    window: Span | None = None  # days that were looked at
    observed_days: int | None = None
    removed: tuple[str, ...] = ()  # what was filtered out, with counts
    missing: tuple[str, ...] = ()  # what keeps it from being decided
    is_frozen: bool = False  # a gap in the sources holds it where it was
    since: datetime | None = None  # in this state
    candidate: str | None = None  # state that it enters if the next evaluation agrees
    ports: tuple[int, ...] = ()  # on which a shadow answered
    capped_by: str | None = None  # what keeps the score down: declared, burst
    confirmed: Literal["keep", "retire", "standby", "seasonal"] | None = None  # the unit's answer
    evidence: tuple[str, ...] = ()

    @staticmethod
    def key(site_code: str, rule_set: str, subject: str) -> str:
        """Id of a rule set's verdict on a system or address."""
        return make_id(site_code, "verdict", rule_set, subject)


KIND = Verdict

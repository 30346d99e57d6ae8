"""封堵: a network that is kept out in one direction at one place of enforcement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from soc.records import Record, make_id
from soc.records._parts import Span

BlockDirection = Literal["source", "destination", "both"]


@dataclass(frozen=True, kw_only=True)
class BlockReason:
    """One reason; the block stands while any of them does."""

    category: str  # GB/T 20986-2023 sub-class
    alert: str | None = None
    source: str | None = None  # 情报 上级通报 演练指挥部 …
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Guard:
    """护栏: a protection that the network touched; what overlaps was subtracted."""

    guard: str
    overlap: str  # network


@dataclass(frozen=True, kw_only=True)
class BlockTarget:
    """A device that enforces it."""

    device: str
    list_version: str | None = None
    pushed_at: datetime | None = None
    confirmed_at: datetime | None = None
    result: str | None = None


@dataclass(frozen=True, kw_only=True)
class Approval:
    """Who said yes."""

    login: str
    person: str | None = None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Misblock:
    """误封: it hit somebody innocent."""

    reported_at: datetime
    reported_by: str | None = None
    released_at: datetime | None = None
    cause: str | None = None


_IN_FORCE = ("exported", "active")
_DECIDED_HERE = ("proposed", "approved")


@dataclass(frozen=True, kw_only=True)
class Block(Record):
    kind: ClassVar[str] = "block"
    states: ClassVar[tuple[str, ...]] = (
        "proposed",
        "approved",
        "exported",
        "active",
        "released",
        "expired",
        "rejected",
        "rolled_back",
    )
    initial: ClassVar[tuple[str, ...]] = ("proposed",)
    transitions: ClassVar[dict[str, tuple[str, ...]]] = {
        "proposed": ("approved", "rejected", "exported", "expired"),  # exported: 先封后补 only
        "approved": ("exported", "released", "expired", "rejected"),
        "exported": ("active", "released", "expired", "rolled_back"),
        "active": ("exported", "released", "expired", "rolled_back"),
        "released": ("proposed",),
        "expired": ("proposed",),
        "rejected": ("proposed",),
        "rolled_back": ("proposed",),
    }
    rights: ClassVar[dict[str, str]] = {
        "approved": "approve",
        "rejected": "approve",
        "exported": "block",
        "released": "block",
        "rolled_back": "block",
    }
    indexed: ClassVar[tuple[str, ...]] = ("prefix", "reasons.alert", "scope", "state")

    prefix: str  # canonical network; key: prefix, direction, scope
    direction: BlockDirection = "source"
    scope: str  # where it is enforced
    reasons: tuple[BlockReason, ...] = ()
    periods: tuple[Span, ...] = ()  # times that it was in force
    hits: int | None = None  # before it was blocked
    hits_after: int | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    confidence: str | None = None
    geo: str | None = None
    asn: int | None = None
    guard_hits: tuple[Guard, ...] = ()
    proposed_by: str  # login
    approved_by: str | None = None  # login of the last who approved
    approved_at: datetime | None = None
    approvals: tuple[Approval, ...] = ()  # all of them, where two must approve
    approval: Literal["routine", "two_person", "ratify_later"] = "routine"  # 常规 双人 先封后补
    ratify_by: datetime | None = None
    targets: tuple[BlockTarget, ...] = ()
    effective_at: datetime | None = None
    expires_at: datetime | None = None  # None: for good
    renewals: int = 0
    released_at: datetime | None = None
    release_reason: str | None = None
    misblock: Misblock | None = None
    entered: Literal["tool", "imported"] = "tool"  # imported: typed into firewalls by hand
    list_version: str | None = None  # last list that held it
    evidence: tuple[str, ...] = ()

    @staticmethod
    def key(site_code: str, prefix: str, direction: str, scope: str) -> str:
        """Id of the block of a network in one direction at one place of enforcement."""
        return make_id(site_code, "block", prefix, direction, scope)

    def objection(self, before: Block | None) -> str | None:
        return self._against_approval(before) or super().objection(before)

    def _against_approval(self, before: Block | None) -> str | None:
        if before is None or self.state == "proposed" != before.state:
            return self._against_proposal(before)
        if self.proposed_by != before.proposed_by:
            return f"was proposed by {before.proposed_by}; who proposed cannot be changed"
        if before.approval == "two_person" != self.approval:
            return "needs two approvals; that cannot be changed"
        if self.state == "exported" and before.state == "proposed":
            return self._against_fast_lane()
        if self._is_approved_since(before):
            return self._against_approver(before)
        return None

    def _is_approved_since(self, before: Block) -> bool:
        return (
            self.state == "approved" != before.state
            or self.approved_by != before.approved_by
            or self.approvals != before.approvals
        )

    def _against_proposal(self, before: Block | None) -> str | None:
        """A proposal is made in one's own name, and not approved yet."""
        if before is None and self.origin == "imported" and self.state not in _DECIDED_HERE:
            return None if self.entered == "imported" else "is imported; say so in entered"
        if self.proposed_by != self.author.login:
            return f"proposed_by is {self.proposed_by!r}; it must be you, {self.author.login!r}"
        if self.approved_by is not None or self.approvals or self.state != "proposed":
            return "begins as a proposal; leave approved_by and approvals empty"
        return None

    def _against_fast_lane(self) -> str | None:
        if self.approval != "ratify_later" or self.ratify_by is None:
            return "is not approved; approve it, or block first with ratify_later and ratify_by"
        if self.author.through != "cli":
            return "a person blocks first and is ratified later, never a job"
        return None

    def _against_approver(self, before: Block) -> str | None:
        if self.approved_by != self.author.login:
            return f"approved_by is {self.approved_by!r}; it must be you, {self.author.login!r}"
        if self.approved_by == self.proposed_by:
            return f"was proposed by {self.proposed_by}; another login must approve it"
        if self.author.through != "cli":
            return "is approved by a person, never by a job; run it at the console"
        return self._against_approvals(before)

    def _against_approvals(self, before: Block) -> str | None:
        """Earlier approvals stay as they are; one may be added, in one's own name."""
        kept, added = (
            self.approvals[: len(before.approvals)],
            self.approvals[len(before.approvals) :],
        )
        if kept != before.approvals or any(a.login != self.author.login for a in added):
            return "approvals of others cannot be changed; add your own only"
        logins = {approval.login for approval in self.approvals}
        if self.approval == "two_person" and self.state == "approved" and len(logins) < 2:
            return "needs two approvals by different logins; ask a second person"
        return None

    @property
    def is_in_force(self) -> bool:
        """True while a device is told to keep it out."""
        return self.state in _IN_FORCE


KIND = Block

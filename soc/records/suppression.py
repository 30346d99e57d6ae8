"""抑制: what is kept from the desk, by whom, why, until when, and what it hid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from soc.records import Record


@dataclass(frozen=True, kw_only=True)
class Suppression(Record):
    kind: ClassVar[str] = "suppression"
    states: ClassVar[tuple[str, ...]] = ("active", "expired", "revoked")
    transitions: ClassVar[dict[str, tuple[str, ...]]] = {
        "active": ("expired", "revoked"),
        "expired": ("active",),
        "revoked": (),
    }
    indexed: ClassVar[tuple[str, ...]] = ("rule", "entity", "state")

    type: Literal["tuning", "allowlist", "dedup", "silence"]
    rule: str | None = None  # None: every rule
    entity: str | None = None  # entity of the alerts
    filter: str | None = None  # condition on events, as written
    owner: str  # login of who answers for it
    grounds: str  # 理由; the record's reason is that of the last change
    expires_at: datetime | None = None
    hidden: int = 0  # matches that it hid
    last_hidden_at: datetime | None = None


KIND = Suppression

"""授权: what may be measured, when, how fast, and who said so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from soc.records import Record


@dataclass(frozen=True, kw_only=True)
class Authorization(Record):
    kind: ClassVar[str] = "authorization"
    states: ClassVar[tuple[str, ...]] = ("proposed", "approved", "revoked", "expired")
    transitions: ClassVar[dict[str, tuple[str, ...]]] = {
        "proposed": ("approved", "revoked"),
        "approved": ("revoked", "expired"),
        "revoked": (),
        "expired": (),
    }
    rights: ClassVar[dict[str, str]] = {"approved": "approve", "revoked": "scan"}
    indexed: ClassVar[tuple[str, ...]] = ("state",)

    targets: tuple[str, ...]  # canonical networks
    zone: str | None = None
    start: datetime
    end: datetime
    approved_by: str | None = None  # login
    basis: str | None = None  # 依据: letter, contract, plan
    rate: int | None = None  # packets a second at most
    intrusive: bool = False  # more than a look at ports and banners

    def objection(self, before: Authorization | None) -> str | None:
        is_entered = self.state == "approved" and (before is None or before.state != "approved")
        if is_entered and self.approved_by != self.author.login:
            return f"approved_by is {self.approved_by!r}; it must be you, {self.author.login!r}"
        if before is not None and before.state == "approved" and _widened(before, self):
            return "what was approved cannot be changed; revoke it and ask for a new one"
        return super().objection(before)


def _widened(before: Authorization, after: Authorization) -> bool:
    return (
        before.targets,
        before.zone,
        before.start,
        before.end,
        before.rate,
        before.intrusive,
    ) != (
        after.targets,
        after.zone,
        after.start,
        after.end,
        after.rate,
        after.intrusive,
    )


KIND = Authorization

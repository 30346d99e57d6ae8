"""问题: something wrong at an endpoint, followed until it is gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from soc.records import Record, make_id
from soc.records._parts import without

Grade = Literal["critical", "high", "medium", "low"]  # 超危 高危 中危 低危, GB/T 30279-2020
RecheckResult = Literal["fixed", "present", "unknown", "evaded"]  # evaded: blocked the scanner


@dataclass(frozen=True, kw_only=True)
class Extension:
    """延期: a later deadline that was granted."""

    at: datetime
    applicant: str | None = None
    approver: str
    due_at: datetime
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """挂账: the risk is carried until a day."""

    approver: str
    until: datetime
    reason: str


@dataclass(frozen=True, kw_only=True)
class Recheck:
    """复查: the same check at the same endpoint once more."""

    at: datetime
    by: str
    method: str | None = None
    result: RecheckResult
    evidence: tuple[str, ...] = ()


_FOLLOWED = (
    "open",
    "verified",
    "issued",
    "received",
    "fixing",
    "recheck",
    "failed",
    "closed",
    "accepted",
    "false_positive",
    "unverifiable",
)
_SIDE = ("closed", "accepted", "false_positive", "unverifiable")


@dataclass(frozen=True, kw_only=True)
class Finding(Record):
    kind: ClassVar[str] = "finding"
    states: ClassVar[tuple[str, ...]] = _FOLLOWED
    transitions: ClassVar[dict[str, tuple[str, ...]]] = {
        "open": ("verified", "issued", *_SIDE),
        "verified": ("issued", *_SIDE),
        "issued": ("received", "fixing", "recheck", *_SIDE),
        "received": ("fixing", "recheck", *_SIDE),
        "fixing": ("recheck", *_SIDE),
        "recheck": ("failed", *_SIDE),
        "failed": ("issued", "fixing", "recheck", *_SIDE),
        "closed": ("open",),  # 复发
        "accepted": without(_FOLLOWED, "accepted", "received"),
        "false_positive": ("open",),
        "unverifiable": without(_FOLLOWED, "unverifiable", "received"),
    }
    rights: ClassVar[dict[str, str]] = {"accepted": "approve", "false_positive": "judge"}
    indexed: ClassVar[tuple[str, ...]] = (
        "address",
        "asset",
        "system",
        "notices",
        "vuln_ids",
        "check",
        "unit",
        "state",
    )

    check: str  # key: check, zone, address, port, protocol, host
    zone: str | None = None
    address: str | None = None
    port: int | None = None
    protocol: str | None = None
    host: str | None = None  # name asked for (Host, SNI)
    title: str
    category: str | None = None  # 类型, GB/T 30279-2020
    grade: Grade | None = None
    vector: str | None = None  # CVSS vector
    graded_by: str | None = None  # person, or "cvss" (参考映射)
    vuln_ids: tuple[str, ...] = ()  # CVE, CNVD, CNNVD
    confidence: str | None = None
    unit: str | None = None
    system: str | None = None
    asset: str | None = None
    vantage: str | None = None  # 探测位置
    source: str | None = None  # 日常监测 漏洞扫描 攻防演练 现场检查 上级通报 举报
    source_no: str | None = None  # 来文
    first_seen: datetime
    last_seen: datetime
    last_covered: datetime | None = None  # last time that the check could have seen it
    due_at: datetime | None = None
    due_rule: str | None = None  # 依据
    extensions: tuple[Extension, ...] = ()
    acceptance: Acceptance | None = None
    reply: str | None = None  # 反馈
    rechecks: tuple[Recheck, ...] = ()
    recurrences: int = 0  # 复发
    notices: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()

    @staticmethod
    def key(
        site_code: str,
        check: str,
        zone: str | None,
        address: str | None,
        port: int | None = None,
        protocol: str | None = None,
        host: str | None = None,
    ) -> str:
        """Id of what a check found at an endpoint; found again it is the same finding."""
        return make_id(site_code, "finding", check, zone, address, port, protocol, host)

    def objection(self, before: Finding | None) -> str | None:
        if self.state == "accepted" and self.acceptance is None:
            return "a risk is accepted with approver, end and reason; fill acceptance"
        return super().objection(before)


KIND = Finding

"""文书: a document sent or received; one delivery a recipient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar, Literal

from soc.records import Record, make_id


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """督办 约谈 断网: what followed silence."""

    at: datetime
    step: str
    by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """The way to one recipient and back."""

    unit: str
    channel: str | None = None
    sent_at: datetime | None = None
    signed_at: datetime | None = None
    signed_by: str | None = None  # 签收人
    replied_at: datetime | None = None
    evidence: tuple[str, ...] = ()
    escalations: tuple[Escalation, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Notice(Record):
    kind: ClassVar[str] = "notice"
    states: ClassVar[tuple[str, ...]] = (
        "draft",
        "reviewed",
        "issued",
        "sent",
        "signed",
        "replied",
        "closed",
        "registered",
        "void",
    )
    initial: ClassVar[tuple[str, ...]] = ("draft", "registered")
    transitions: ClassVar[dict[str, tuple[str, ...]]] = {
        "draft": ("reviewed", "void"),
        "reviewed": ("issued", "draft", "void"),
        "issued": ("sent", "void"),
        "sent": ("signed", "replied", "closed", "void"),
        "signed": ("replied", "closed", "void"),
        "replied": ("closed", "sent"),
        "closed": ("sent",),
        "registered": ("replied", "closed"),  # 收文
        "void": (),  # its number is not used again
    }
    rights: ClassVar[dict[str, str]] = {"issued": "approve"}
    personal: ClassVar[tuple[str, ...]] = ("deliveries.signed_by",)
    indexed: ClassVar[tuple[str, ...]] = (
        "no",
        "external_no",
        "findings",
        "incidents",
        "deliveries.unit",
        "state",
    )

    series: str  # key: series, year, number
    year: int
    number: int  # from next_number
    direction: Literal["down", "up", "level", "received"]  # 下发 上报 平行 收文
    type: str | None = None  # 整改通知书 预警通报 …
    external_no: str | None = None  # 来文字号
    issuer: str | None = None  # 发文单位
    title: str
    urgency: str | None = None  # 紧急程度
    legal_basis: tuple[str, ...] = ()  # 依据
    findings: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    drafted_by: str | None = None
    reviewed_by: str | None = None
    issued_by: str | None = None  # 签发
    issued_at: date | None = None  # 成文日期
    due_at: datetime | None = None
    attachments: Mapping[str, str] = field(default_factory=dict)  # file name -> sha256
    deliveries: tuple[Delivery, ...] = ()

    @staticmethod
    def key(site_code: str, series: str, year: int, number: int) -> str:
        """Id of the document with that number of its series and year."""
        return make_id(site_code, "notice", series, year, number)


KIND = Notice

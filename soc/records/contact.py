"""联系人: a person of a unit in a role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

from soc.records import Record

ContactRole = Literal[
    "leader",  # 分管领导
    "owner",  # 责任人
    "liaison",  # 联络员
    "onsite",  # 驻场
]


@dataclass(frozen=True, kw_only=True)
class Contact(Record):
    kind: ClassVar[str] = "contact"
    states: ClassVar[tuple[str, ...]] = ("active", "left")
    transitions: ClassVar[dict[str, tuple[str, ...]]] = {"active": ("left",), "left": ("active",)}
    personal: ClassVar[tuple[str, ...]] = ("name", "phone", "mail")
    indexed: ClassVar[tuple[str, ...]] = ("unit", "role")

    name: str
    role: ContactRole | None = None
    unit: str | None = None  # unit id
    phone: str | None = None
    mail: str | None = None
    start: date | None = None  # in this role
    end: date | None = None
    confirmed_at: datetime | None = None  # 核实时间: somebody answered


KIND = Contact

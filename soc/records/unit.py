"""单位: a unit of the district, above it, or beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from soc.records import Record
from soc.records._parts import Alias

UnitType = Literal[
    "bureau",  # 委办局
    "subdistrict",  # 街道
    "community",  # 社区
    "enterprise",  # 区属企业
    "hospital",
    "school",
    "organisation",  # 人民团体
    "stationed",  # 驻区单位
    "superior",  # 上级
    "neighbour",  # 邻区
    "vendor",
]


@dataclass(frozen=True, kw_only=True)
class Access:
    """One line by which a unit reaches the extranet."""

    mode: str | None = None  # 接入方式
    line: str | None = None  # line number of the carrier
    zone: str | None = None
    connected_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A way to notify a unit."""

    type: str  # mail, phone, sms, oa …
    address: str


@dataclass(frozen=True, kw_only=True)
class Unit(Record):
    kind: ClassVar[str] = "unit"
    states: ClassVar[tuple[str, ...]] = ("active", "merged", "dissolved")
    transitions: ClassVar[dict[str, tuple[str, ...]]] = {
        "active": ("merged", "dissolved"),
        "merged": ("active",),
        "dissolved": ("active",),
    }
    personal: ClassVar[tuple[str, ...]] = ("channels.address",)
    indexed: ClassVar[tuple[str, ...]] = ("credit_code", "name", "short_name", "parent", "type")

    name: str  # 全称
    short_name: str | None = None
    aliases: tuple[Alias, ...] = ()  # 别名/曾用名
    type: UnitType | None = None  # 类别
    credit_code: str | None = None  # 统一社会信用代码
    parent: str | None = None  # unit above
    supervisor: str | None = None  # 主管部门, of a school 教育局
    region_code: str | None = None  # 区划代码
    size_group: str | None = None  # ranked against units of its group only
    access: tuple[Access, ...] = ()
    contacts: tuple[str, ...] = ()  # contact ids
    channels: tuple[Channel, ...] = ()
    successor: str | None = None  # unit that took over


KIND = Unit

"""系统: an information system of a unit."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from soc.records import Record, make_id
from soc.records._parts import Alias, freely


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """A supplier of the system and its contract."""

    unit: str
    role: str | None = None  # built, runs, hosts …
    contract_end: date | None = None
    remote_access: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Mlps:
    """等保: classified protection."""

    level: int | None = None  # 1 to 5
    filing_no: str | None = None  # 备案证明编号
    standing: Literal["filed", "filing", "unfiled", "ungraded"] | None = None
    level_said: str | None = None  # what a ledger writes in place of a level
    filing_said: str | None = None  # what a ledger writes in place of a number
    graded_on: date | None = None
    assessed_on: date | None = None
    assessor: str | None = None
    conclusion: str | None = None  # 优 良 中 差
    score: float | None = None


@dataclass(frozen=True, kw_only=True)
class Crypto:
    """密评: assessment of commercial cryptography."""

    level: int | None = None
    assessed_on: date | None = None
    assessor: str | None = None
    conclusion: str | None = None  # 符合 基本符合 不符合


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """保留声明: why a system that looks dead is kept."""

    pattern: Literal["standby", "annual", "seasonal", "other"]
    approver: str
    until: date


@dataclass(frozen=True, kw_only=True)
class System(Record):
    kind: ClassVar[str] = "system"
    states: ClassVar[tuple[str, ...]] = ("planned", "running", "suspended", "retired")
    transitions: ClassVar[dict[str, tuple[str, ...]]] = freely(states)
    indexed: ClassVar[tuple[str, ...]] = ("name", "domains", "unit", "operator")

    name: str
    aliases: tuple[Alias, ...] = ()
    type: str | None = None  # GB/T 40692-2021
    unit: str | None = None  # 主管单位
    user_unit: str | None = None
    operator: str | None = None  # 运维单位
    vendors: tuple[Vendor, ...] = ()
    audience: str | None = None  # 使用对象
    use_frequency: str | None = None
    domains: tuple[str, ...] = ()
    exposure: Literal["internet", "extranet", "internal"] | None = None
    mlps: Mlps | None = None
    crypto: Crypto | None = None
    icp_no: str | None = None  # ICP备案
    is_cii: bool | None = None  # 关基
    data_class: str | None = None  # 核心 重要 一般
    personal_info: bool | None = None  # holds personal information
    declaration: Declaration | None = None
    online_on: date | None = None
    retire_on: date | None = None  # 计划下线

    @staticmethod
    def key(site_code: str, unit: str, name: str) -> str:
        """Id of a unit's system; spelling in width, case and spaces makes no difference."""
        return make_id(site_code, "system", unit, normalised(name))


def normalised(name: str) -> str:
    """A name as compared: NFKC (full width is half width), no white space, lower case."""
    return "".join(unicodedata.normalize("NFKC", name).split()).lower()


KIND = System

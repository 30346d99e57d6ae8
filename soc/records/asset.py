"""资产: a thing with endpoints on the network; matched by endpoint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

from soc.records import Record
from soc.records._parts import freely

AssetType = Literal[
    "server",
    "network",  # 网络设备
    "security",  # 安全设备
    "terminal",
    "kiosk",  # 自助终端
    "iot",  # 视频物联
    "nat",  # NAT出口
    "vip",  # virtual address of a load balancer
    "other",
]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where an asset is reached; (zone, address, port, protocol) finds the asset."""

    zone: str | None = None
    address: str | None = None  # canonical
    role: str | None = None  # service, management, virtual, nat …
    port: int | None = None
    protocol: str | None = None  # tcp, udp
    domain: str | None = None
    mac: str | None = None  # AA-BB-CC-DD-EE-FF
    start: date | None = None
    end: date | None = None
    source: str | None = None  # who says so


@dataclass(frozen=True, kw_only=True)
class Asset(Record):
    kind: ClassVar[str] = "asset"
    states: ClassVar[tuple[str, ...]] = ("active", "unclaimed", "retired")
    transitions: ClassVar[dict[str, tuple[str, ...]]] = freely(states)
    personal: ClassVar[tuple[str, ...]] = ("owner", "maintainer")
    indexed: ClassVar[tuple[str, ...]] = (
        "endpoints.address",
        "endpoints.domain",
        "endpoints.mac",
        "systems",
        "unit",
        "name",
        "source_row",
    )

    name: str
    type: AssetType | None = None
    unit: str | None = None  # 责任单位
    systems: tuple[str, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    location: str | None = None
    cloud: str | None = None
    os: str | None = None
    software: tuple[str, ...] = ()
    owner: str | None = None  # 责任人
    maintainer: str | None = None  # 运维人
    importance: str | None = None
    scan_class: str | None = None  # 抽检类别
    scan_policy: str | None = None  # 扫描策略, for fragile devices
    xinchuang: bool | None = None  # 信创
    maintained_on: date | None = None
    confirmed_at: datetime | None = None
    source_row: str | None = None  # 出处: file, sheet and row


KIND = Asset

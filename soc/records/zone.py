"""区域: a part of the network in which an address means one thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from soc.records import Record, make_id
from soc.records._parts import freely

ZoneType = Literal[
    "internet",  # 互联网区
    "public",  # 公用网络区
    "private",  # 专用网络区
    "cloud",  # 政务云租户
    "video",  # 视频专网
    "vpn",  # VPN池
    "management",  # 管理网
    "lab",
]


@dataclass(frozen=True, kw_only=True)
class Zone(Record):
    kind: ClassVar[str] = "zone"
    states: ClassVar[tuple[str, ...]] = ("active", "retired")
    transitions: ClassVar[dict[str, tuple[str, ...]]] = freely(states)
    indexed: ClassVar[tuple[str, ...]] = ("name", "type")

    name: str  # key
    type: ZoneType | None = None
    prefixes: tuple[str, ...] = ()  # canonical networks
    private: bool = False  # its addresses mean something only inside it

    @staticmethod
    def key(site_code: str, name: str) -> str:
        """Id of the zone of that name."""
        return make_id(site_code, "zone", name)


KIND = Zone

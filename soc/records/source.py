"""数据源: an exporter, log or scanner that events come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from soc.records import Record, make_id
from soc.records._parts import freely

SourceType = Literal["exporter", "log", "scanner"]
SourceRole = Literal["egress", "uplink", "downlink", "cloud"]  # 互联网出口 上联 下联 云边界
Layer = Literal["cloud", "network", "edge", "endpoint"]  # 云 网 边 端


@dataclass(frozen=True, kw_only=True)
class Source(Record):
    kind: ClassVar[str] = "source"
    states: ClassVar[tuple[str, ...]] = ("active", "paused", "retired")
    transitions: ClassVar[dict[str, tuple[str, ...]]] = freely(states)
    indexed: ClassVar[tuple[str, ...]] = ("name", "zone", "type")

    name: str  # key; observer.name of its events
    type: SourceType | None = None
    zone: str | None = None
    role: SourceRole | None = None  # 位置
    layer: Layer | None = None
    team: str | None = None  # 队伍
    prefixes: tuple[str, ...] = ()  # networks that it sees
    time_zone: str | None = None  # of times without an offset
    clock_offset_s: float | None = None  # its clock less ours
    encoding: str | None = None
    sampling: int | None = None  # one packet in so many
    expected_rate: float | None = None  # events a minute when all is well
    counts_volume: bool = True  # its bytes enter volume figures

    @staticmethod
    def key(site_code: str, name: str) -> str:
        """Id of the source of that name."""
        return make_id(site_code, "source", name)


KIND = Source

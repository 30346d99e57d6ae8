"""情报: a value that somebody says is bad, while it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from soc.records import Record, make_id

IndicatorType = Literal["address", "network", "domain", "url", "hash", "ja3", "mail", "other"]


@dataclass(frozen=True, kw_only=True)
class Indicator(Record):
    kind: ClassVar[str] = "indicator"
    states: ClassVar[tuple[str, ...]] = ("active", "expired", "revoked")
    transitions: ClassVar[dict[str, tuple[str, ...]]] = {
        "active": ("expired", "revoked"),
        "expired": ("active",),
        "revoked": ("active",),
    }
    indexed: ClassVar[tuple[str, ...]] = ("value", "source", "type", "state")

    type: IndicatorType
    value: str  # canonical
    source: str | None = None  # who says so
    sources: tuple[str, ...] = ()  # who else does
    confidence: int | None = None  # 0 to 100, as STIX
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    expires_at: datetime | None = None
    sightings: int = 0  # in our own events
    category: str | None = None
    description: str | None = None

    @staticmethod
    def key(site_code: str, type: str, value: str) -> str:
        """Id of the indicator of that type and canonical value."""
        return make_id(site_code, "indicator", type, value)


KIND = Indicator

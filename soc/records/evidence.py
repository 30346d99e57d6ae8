"""证据: what a conclusion cites, copied when it is concluded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from soc.records import Record, make_id

EvidenceType = Literal[
    "rows",  # events, as stored
    "capture",
    "screenshot",
    "sample",
    "configuration",
    "output",  # of a program
    "reply",  # stamped reply of a unit
    "receipt",
    "other",
]


@dataclass(frozen=True, kw_only=True)
class Evidence(Record):
    kind: ClassVar[str] = "evidence"
    states: ClassVar[tuple[str, ...]] = ("kept", "destroyed")
    transitions: ClassVar[dict[str, tuple[str, ...]]] = {"kept": ("destroyed",), "destroyed": ()}
    rights: ClassVar[dict[str, str]] = {"destroyed": "approve"}
    indexed: ClassVar[tuple[str, ...]] = ("sha256", "cited_by")

    sha256: str  # key; name of the file under evidence/
    type: EvidenceType
    title: str | None = None
    media_type: str | None = None
    size_bytes: int
    captured_at: datetime | None = None
    source: str | None = None  # device or file that it came from
    event_ids: tuple[str, ...] = ()  # of rows
    missing: tuple[str, ...] = ()  # event ids that were cited and no longer found
    cited_by: tuple[str, ...] = ()  # records that rest on it

    @staticmethod
    def key(site_code: str, sha256: str) -> str:
        """Id of the evidence with that content."""
        return make_id(site_code, "evidence", sha256)


KIND = Evidence

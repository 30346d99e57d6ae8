"""死信: rows that a store refused for good, kept until somebody decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from soc.records import Record


@dataclass(frozen=True, kw_only=True)
class Letter(Record):
    kind: ClassVar[str] = "letter"
    states: ClassVar[tuple[str, ...]] = ("waiting", "delivered", "dropped")
    transitions: ClassVar[dict[str, tuple[str, ...]]] = {
        "waiting": ("delivered", "dropped"),
        "delivered": (),
        "dropped": ("waiting",),
    }
    rights: ClassVar[dict[str, str]] = {"dropped": "admin"}
    indexed: ClassVar[tuple[str, ...]] = ("destination", "dataset", "state")

    destination: str  # store that refused
    dataset: str
    origin_host: str  # whose log holds the rows
    version: int  # of that log
    event_ids: tuple[str, ...] = ()
    count: int = 1
    error: str  # what the store said
    first_at: datetime
    last_at: datetime
    tries: int = 1


KIND = Letter

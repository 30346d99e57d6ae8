"""The kinds of records: what is stored as state.

One module a kind, found by its file name; each offers ``KIND``, the frozen type, and what is
true of it: states, legal transitions with the right that each needs, personal fields. Field
names are those of the design's table; labels for people come from ``soc.text``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal

Origin = Literal["live", "imported", "manual", "simulated"]
Through = Literal["cli", "schedule", "playbook"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who changed a record."""

    login: str  # operating system user, behind sudo too
    person: str | None = None  # name from [people]
    through: Through = "cli"
    host: str = ""


@dataclass(frozen=True, kw_only=True)
class Record:
    """What all records have; ``revision`` is set by the store (0: not stored yet)."""

    kind: ClassVar[str]
    states: ClassVar[tuple[str, ...]]
    transitions: ClassVar[dict[str, tuple[str, ...]]]  # state -> states that may follow
    rights: ClassVar[dict[str, str]] = {}  # state -> right needed to enter it
    personal: ClassVar[tuple[str, ...]] = ()  # fields with personal data, masked in exports
    indexed: ClassVar[tuple[str, ...]] = ()  # fields that the store narrows on
    schema: ClassVar[int] = 1

    id: str  # unique among districts: begins with the site code
    state: str
    no: str | None = None  # 编号
    handling: str | None = None  # 敏感标识
    origin: Origin = "live"
    revision: int = 0
    at: datetime
    author: Author
    reason: str = ""
    drills: tuple[str, ...] = field(default=())

    @classmethod
    def upgrade(cls, document: dict[str, Any], schema: int) -> dict[str, Any]:
        """A stored document of an older schema number, in today's form."""
        return document

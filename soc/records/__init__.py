"""The kinds of records: what is stored as state.

One module a kind, found by its file name; each offers ``KIND``, the frozen type, and what is
true of it: states, legal transitions with the right that each needs, personal fields. Field
names are those of the design's table, except where Python or ``Record`` has the word already:
``from``/``to`` are ``start``/``end``, ``class`` is ``category``, and a record's own sort (the
table's ``kind``) is ``type``. Labels for people come from ``soc.text``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar, Literal, Self, TypeVar

from soc.errors import ScopeError, StoreError

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
    initial: ClassVar[tuple[str, ...]] = ()  # states it may begin in; empty: any
    rights: ClassVar[dict[str, str]] = {}  # state -> right needed to enter it
    personal: ClassVar[tuple[str, ...]] = ()  # fields with personal data, masked in exports
    indexed: ClassVar[tuple[str, ...]] = ()  # text fields the store narrows on, sharpest first
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

    def objection(self, before: Self | None) -> str | None:
        """Why this may not follow ``before`` although the states allow it; None: it may.

        Two-person rules live here; a kind that has one extends it. Pure: all that it needs
        stands in the two records, whose author is who makes the change.
        """
        if before is not None and before.state == self.state:
            return None
        if self.rights.get(self.state) == "approve" and self.author.through != "cli":
            return f"{self.state} is decided by a person, never by a job; run it at the console"
        return None


R = TypeVar("R", bound=Record)


def kinds() -> dict[str, type[Record]]:
    """The type of every kind, by its name; a new module is a new kind."""
    from soc.records import _registry

    return _registry.kinds()


def revised(record: R, **changed: Any) -> R:
    """The record with these fields: ``dataclasses.replace`` for many, in a tenth of its time.

    Raises:
        TypeError: there is no such field.
    """
    held = record.__dict__
    if not changed.keys() <= held.keys():
        unknown = ", ".join(sorted(changed.keys() - held.keys()))
        raise TypeError(f"{record.kind}: there is no such field: {unknown}")
    fresh = object.__new__(record.__class__)
    fresh.__dict__.update(held)
    fresh.__dict__.update(changed)
    return fresh


def make_id(site_code: str, kind: str, *parts: object) -> str:
    """The id of the record that these parts name, the same on every host: ``440306-block-9f…``.

    Site code, kind, and 16 hexadecimal digits of SHA-256 over the parts; ("a", "bc") and
    ("ab", "c") differ, and so do None and "".
    """
    named = json.dumps([None if part is None else str(part) for part in parts], ensure_ascii=True)
    return f"{site_code}-{kind}-{sha256(named.encode()).hexdigest()[:16]}"


def number(series: str, year: int, count: int) -> str:
    """编号 as people read it: ``ZG-2026-102``, three digits at least."""
    return f"{series}-{year}-{count:03d}"


def check_transition(before: Record | None, after: Record) -> None:
    """Nothing, where ``after`` may follow ``before``; None before: the record is new.

    Staying in a state is allowed. An imported record may begin in any state: its life began
    elsewhere.

    Raises:
        StoreError: an unknown state, or one that cannot follow.
        ScopeError: the states allow it, a two-person rule does not.
    """
    place = f"{after.kind} {after.id}"
    if after.state not in after.states:
        raise StoreError(f"{place}: state {after.state!r}: use one of {', '.join(after.states)}")
    allowed = _allowed(before, after)
    if after.state not in allowed:
        was = "new" if before is None else before.state
        choice = ", ".join(allowed) or "nothing: it is final"
        raise StoreError(f"{place}: {was} -> {after.state}: what may follow is {choice}")
    objection = after.objection(before)
    if objection is not None:
        raise ScopeError(f"{place}: {objection}")


def _allowed(before: Record | None, after: Record) -> tuple[str, ...]:
    if before is not None:
        return (before.state, *after.transitions.get(before.state, ()))
    if after.origin == "imported":
        return after.states
    return after.initial or after.states

"""What history has to say: nobody is condemned at once, let go for nothing, or with many others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from detections._zombies_facts import Class, Judgement

if TYPE_CHECKING:
    from detections._zombies_settings import ZombieSettings

MASS = "mass_change"
_HELD: tuple[Class, ...] = ("zombie", "suspected", "lost")  # kept while data is missing
_UNKNOWN: tuple[Class, ...] = ("unverified", "unscored")
_RANK: Mapping[str, int] = {"suspected": 1, "zombie": 2, "lost": 2}


@dataclass(frozen=True, slots=True)
class Previous:
    """The verdict that stands."""

    category: Class
    since: date
    on: date  # of its latest revision
    candidate: Class | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One system's way from its last evaluation to this one, by the facts alone."""

    unit: str | None
    before: Class | None
    after: Class

    @property
    def is_worse(self) -> bool:
        if self.before is None:
            return False
        return _RANK.get(self.after, 0) > _RANK.get(self.before, 0)


def move(unit: str | None, previous: Previous | None, judged: Judgement) -> Move:
    """What the evaluation would change; a candidate counts as what it is about to become.

    What was not known before does not worsen: it becomes known.
    """
    before = (previous.candidate or previous.category) if previous else None
    return Move(unit, None if before in _UNKNOWN else before, judged.category)


def frozen_units(moves: Iterable[Move], settings: ZombieSettings) -> dict[str | None, int]:
    """Units of which too many systems would worsen at once, with their number."""
    total: Counter[str | None] = Counter()
    worse: Counter[str | None] = Counter()
    for one in moves:
        total[one.unit] += 1
        worse[one.unit] += one.is_worse
    return {
        unit: count
        for unit, count in worse.items()
        if count >= settings.mass_least and count > settings.mass_share * total[unit]
    }


def settled(judged: Judgement, previous: Previous | None, today: date) -> Judgement:
    """The verdict to be stored.

    To be a zombie takes two evaluations on different days; to be none any more takes a day of
    real use, or a declaration. What was decided stands while data is missing.
    """
    if judged.category == "unverified":
        return _held(judged, previous)
    if judged.category == "zombie":
        return _entering(judged, previous, today)
    is_leaving = judged.category in ("suspected", "active")
    if (
        previous
        and previous.category == "zombie"
        and is_leaving
        and not _may_leave(judged, previous)
    ):
        return replace(judged, category="zombie")
    return judged


def frozen(judged: Judgement, previous: Previous | None) -> Judgement:
    """The verdict as it stood: too many would change at once; unverified if there was none."""
    missing = (*judged.missing, MASS)
    if previous is None:
        return replace(judged, category="unverified", missing=missing, is_frozen=True)
    return replace(
        judged,
        category=previous.category,
        candidate=previous.candidate,
        missing=missing,
        is_frozen=True,
    )


def _held(judged: Judgement, previous: Previous | None) -> Judgement:
    if previous is None or previous.category not in _HELD:
        return judged
    return replace(judged, category=previous.category, is_frozen=True)


def _entering(judged: Judgement, previous: Previous | None, today: date) -> Judgement:
    if previous and previous.category == "zombie":
        return judged
    if previous and previous.candidate == "zombie" and previous.on < today:
        return judged
    return replace(judged, category="suspected", candidate="zombie")


def _may_leave(judged: Judgement, previous: Previous) -> bool:
    if judged.capped_by == "declared":
        return True
    busy = judged.use.busy if judged.use else None
    return busy is not None and busy >= previous.since

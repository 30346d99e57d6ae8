"""Values that several kinds hold, and tables of transitions that several kinds share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, kw_only=True)
class Span:
    """From a time up to another, or still going on."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Alias:
    """A name by which something is or was also known."""

    name: str
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line of a history told by people."""

    at: datetime
    stage: str | None = None  # state that the work was in
    action: str  # what was done
    by: str | None = None
    evidence: tuple[str, ...] = ()


def freely(states: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Every state may follow every other one."""
    return {state: without(states, state) for state in states}


def without(states: Iterable[str], *left_out: str) -> tuple[str, ...]:
    return tuple(state for state in states if state not in left_out)

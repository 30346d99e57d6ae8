"""What is known of one system: use by day, scans, and the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

Family = Literal["passive", "active", "governance"]
Class = Literal[
    "active",
    "suspected",
    "zombie",
    "lost",
    "shadow",
    "unverified",
    "answering",
    "unscored",
]
Outcome = Literal[
    "open",  # a registered port was open
    "closed",  # the host answered, its registered ports did not
    "alive",  # the host answered; no port is registered to judge by
    "silent",  # nothing was heard of the host
    "unknown",  # timed out, or a middlebox answered for everybody
]


@dataclass(frozen=True, slots=True)
class Daily:
    """Use by day, oldest first, ``last`` being the day of the last entry.

    A day that nobody watched has coverage 0; its counts say nothing unless they are above zero.
    """

    last: date
    coverage: Sequence[float] = ()  # share of five-minute bins, 0 to 1
    clients: Sequence[int] = ()  # distinct real clients of the day
    flows: Sequence[int] = ()  # before anything was taken out
    removed: Sequence[int] = ()  # of scanners and monitors
    answered: Sequence[int] = ()
    outbound: Sequence[int] = ()  # that the system began
    callers: Mapping[int, frozenset[str]] = field(default_factory=dict)  # clients of an entry
    taken: Mapping[str, Sequence[int]] = field(default_factory=dict)  # why -> of the removed

    def day(self, index: int) -> date:
        """The day of an entry."""
        return self.last - timedelta(days=len(self.coverage) - 1 - index)


@dataclass(frozen=True, slots=True)
class Look:
    """What one scan run says of the system."""

    run: str
    on: date
    outcome: Outcome
    is_valid: bool = True  # the scanner stood right and was not cut off
    page: str | None = None  # "default", "error", or None for any other


@dataclass(frozen=True, slots=True)
class Declared:
    """保留声明: why it may look dead, until when."""

    pattern: str
    until: date
    approver: str


@dataclass(frozen=True, slots=True)
class Front:
    """A system that calls this one, and how many clients it has: they use both."""

    name: str
    clients: int


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """Everything that a verdict rests on."""

    id: str
    name: str
    daily: Daily
    unit: str | None = None
    state: str = "running"  # by the ledger
    is_registered: bool = True
    excluded: str | None = None  # network, shared, planned: why it cannot be scored
    looks: tuple[Look, ...] = ()  # oldest first
    page_unchanged_since: date | None = None
    certificate_ended_on: date | None = None
    end_of_life: str | None = None  # product, with its version
    domain: str | None = None  # what is wrong with its name
    has_owner: bool = True
    lacks_filing: bool = False  # none on record where one is required
    maintained_on: date | None = None
    online_on: date | None = None
    retire_on: date | None = None
    declared: Declared | None = None
    answered_on: date | None = None  # a client was last answered, where it has no daily use
    front: Front | None = None  # the busiest of the systems before it


@dataclass(frozen=True, slots=True)
class Window:
    """The days that count: the last 90 observed ones, an outage stretches it."""

    first: date
    last: date
    observed: int
    coverage: float  # observed days over the days it spans


@dataclass(frozen=True, slots=True)
class Line:
    """One signal: what was measured, against what, and what it adds."""

    family: Family
    rule: str
    points: int
    value: str
    threshold: str
    source: str


@dataclass(frozen=True, slots=True)
class Share:
    """Points of one family after its cap, and how well it was covered."""

    family: Family
    points: int
    cap: int
    coverage: float


@dataclass(frozen=True, slots=True)
class Use:
    """What the window holds, and what was seen before it."""

    clients: int  # distinct ones; of days that name none their count is added
    recent: int  # of the last 30 days
    last: date | None  # with a real client
    busy: date | None  # last day with at least three
    busy_days: int  # of the last 365
    flows: int
    removed: int
    answered: int
    outbound: int
    watched_since: date | None  # first observed day that is known
    is_by_day: bool = False  # some days name no clients: there may be fewer
    callers: frozenset[str] = frozenset()  # those that are named
    taken: tuple[tuple[str, int], ...] = ()  # of the removed, why and how many


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the facts come to, before history has its say."""

    category: Class
    score: int = 0
    shares: tuple[Share, ...] = ()
    lines: tuple[Line, ...] = ()
    window: Window | None = None
    use: Use | None = None
    missing: tuple[str, ...] = ()  # families that lack coverage, or why it is not scored
    capped_by: str | None = None
    candidate: Class | None = None
    is_frozen: bool = False
    scans: tuple[str, ...] = field(default=())  # runs that it rests on

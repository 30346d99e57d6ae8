"""What a metric is, what it is asked with, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from soc.query import Period
from soc.where import All, In, Not, Range, Where

if TYPE_CHECKING:
    import pyarrow as pa

    from soc.context import Context
    from soc.query import Aggregate, Marks
    from soc.records import Record

T = TypeVar("T")
Good = Literal["up", "down", "neutral"]
Unit = Literal["times", "items", "hosts", "flows", "bytes", "share", "seconds"]


@dataclass(frozen=True, slots=True)
class Number:
    """One value as printed: text, table and chart show this same value."""

    metric: str
    value: float | None  # None: nothing can be said; never a stand-in for zero
    coverage: float | None  # of its sources, 0 to 1; None: the metric rests on a register
    period: Period
    watermark: Mapping[str, Marks]  # dataset -> how far the log was read
    member: str | None = None  # which source, unit, hour … of a breakdown


@dataclass(frozen=True)
class Question:
    """A period, and what is needed to ask about it; reads are kept for the next metric."""

    period: Period
    context: Context
    as_of: datetime | None
    origins: tuple[str, ...]
    subject: str | None = None  # id of the drill that is asked about; None: of no single one
    _read: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def once(self, key: str, read: Callable[[], T]) -> T:
        """What ``read`` returns, read on the first call only."""
        if key not in self._read:
            self._read[key] = read()
        found: T = self._read[key]
        return found

    def counted(self, *parts: Where, also: tuple[str, ...] = ()) -> Where:
        """Rows of the origins that count (and ``also``), stored by ``as_of``, of the parts."""
        stored: tuple[Where, ...] = ()
        if self.as_of is not None:
            stored = (Range("event.ingested", high=_iso(self.as_of)),)
        return All((In("soc.origin", (*self.origins, *also)), *stored, *parts))

    def aggregate(self, query: Aggregate) -> pa.Table:
        """The engine's answer."""
        return self.context.engine.aggregate(query)

    def records(self, kind: str, where: Where | None = None) -> list[Record]:
        """Records of a kind as of ``as_of``, of origins that count or that people keep."""
        kept = where if where is not None else All()
        if "simulated" not in self.origins:
            kept = All((kept, Not(In("origin", ("simulated",)))))
        found = self.context.store.records.find(kind, kept, at=self.as_of)
        return list(found)

    @property
    def elapsed(self) -> Period:
        """The period up to ``as_of``: what is still to come is no gap."""
        if self.as_of is None or self.as_of >= self.period.end:
            return self.period
        return Period(self.period.start, max(self.as_of, self.period.start))

    def watermark(self, metric: Metric) -> dict[str, Marks]:
        """How far the log of each dataset of a metric can be read now."""
        newest = self.context.engine.newest
        return {
            each: self.once(f"newest {each}", lambda each=each: dict(newest(each)))  # type: ignore[misc]
            for each in metric.datasets
        }


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def by_health(asked: Question) -> float | None:
    """Live share of the five-minute bins of all sources; None where no source is known."""
    from soc.metrics._sources import covered

    found = covered(asked)
    return found.fraction if found.expected_bins else None


def by_register(asked: Question) -> float | None:
    """None: the number is counted in our own register, which is complete."""
    return None


Measure = Callable[[Question], float | None]
Parts = Callable[[Question], Mapping[str, float]]


@dataclass(frozen=True)
class Metric:
    """One number that people see."""

    id: str
    unit: Unit
    good: Good
    measure: Measure
    datasets: tuple[str, ...] = ()  # event datasets that it reads; none: records only
    coverage: Measure = by_health
    parts: Mapping[str, Parts] = field(default_factory=dict)  # breakdowns by name
    version: int = 1  # of the counting rule: raised whenever the rule changes

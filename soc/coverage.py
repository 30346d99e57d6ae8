"""How much of a period its sources were seen: live bins over expected bins.

A source that runs leaves one health row for every five minutes of event time, quiet ones
too. A bin without a row is missing, never zero.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from soc.query import Aggregate, Bucket, Measure, Period, Select
from soc.where import All, Equals, Where

if TYPE_CHECKING:
    from soc.store import Engine

BIN_S = 300
_BIN = timedelta(seconds=BIN_S)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Gap = tuple[str, Period]  # observer, span without a live bin


@dataclass(frozen=True, slots=True)
class Coverage:
    """Live and expected bins of a period, all observers together."""

    live_bins: int
    expected_bins: int
    gaps: tuple[Gap, ...] = ()  # by observer, then time; adjoining bins are one gap
    observers: tuple[str, ...] = ()  # that were expected

    def without(self, observers: Collection[str]) -> Coverage:
        """The same period, these observers not expected."""
        names = tuple(name for name in self.observers if name not in observers)
        gaps = tuple(gap for gap in self.gaps if gap[0] not in observers)
        each = self.expected_bins // len(self.observers) if self.observers else 0
        missing = sum((gap.end - gap.start) // _BIN for _, gap in gaps)
        return Coverage(each * len(names) - missing, each * len(names), gaps, names)

    @property
    def fraction(self) -> float:
        """Live over expected, 0 to 1; 0 where nothing was expected: nothing is known then."""
        return self.live_bins / self.expected_bins if self.expected_bins else 0.0


def coverage(
    engine: Engine,
    period: Period,
    observers: Iterable[str] | None = None,
    zone: str | None = None,
) -> Coverage:
    """Coverage of a period by these observers, or by all that are expected in it.

    Expected are the ``source`` records in use, of the zone if one is given, and every
    observer that left a health row in the period.
    """
    live = _bins(engine, period, zone)
    names = set(observers) if observers is not None else {*live, *_registered(engine, zone)}
    return counted(period, {name: live.get(name, frozenset()) for name in names})


def counted(period: Period, live: Mapping[str, Iterable[datetime]]) -> Coverage:
    """Coverage from the begins of the live bins of each expected observer."""
    expected = bins(period)
    found = {name: set(begins).intersection(expected) for name, begins in live.items()}
    names = tuple(sorted(found))
    return Coverage(
        live_bins=sum(map(len, found.values())),
        expected_bins=len(expected) * len(names),
        gaps=tuple((n, gap) for n in names for gap in _gaps(expected, found[n])),
        observers=names,
    )


def bins(period: Period) -> list[datetime]:
    """Begins of the five-minute bins that begin in the period, by the UTC clock."""
    late = (period.start - _EPOCH) % _BIN
    begin = period.start + (_BIN - late if late else timedelta())
    count = max(0, -((begin - period.end) // _BIN))
    return [(begin + n * _BIN).astimezone(UTC) for n in range(count)]


def _gaps(expected: list[datetime], live: set[datetime]) -> list[Period]:
    """Runs of bins that are not live."""
    gaps: list[Period] = []
    for begin in expected:
        if begin in live:
            continue
        if gaps and gaps[-1].end == begin:
            gaps[-1] = Period(gaps[-1].start, begin + _BIN)
        else:
            gaps.append(Period(begin, begin + _BIN))
    return gaps


def _bins(engine: Engine, period: Period, zone: str | None) -> dict[str, set[datetime]]:
    """Begins of the live bins of every observer that left a health row, also of one without."""
    parts = () if zone is None else (Equals("soc.health.zone", zone),)
    question = Aggregate(
        dataset="health",
        measures=(Measure("rows", "count"),),
        by=("observer.name", "soc.health.live"),
        bucket=Bucket(BIN_S),
        where=All(parts),
        period=period,
    )
    found: dict[str, set[datetime]] = {}
    for row in engine.aggregate(question).to_pylist():
        if row["observer.name"] is not None:
            begins = found.setdefault(row["observer.name"], set())
            begins.update([row["bucket"]] if row["soc.health.live"] else [])
    return found


def _registered(engine: Engine, zone: str | None) -> set[str]:
    """Names of the sources in use, from their records."""
    where: Where = Equals("state", "active")
    if zone is not None:
        where = All((where, Equals("zone", zone)))
    question = Select("record.source", where=where, columns=("name",))
    return {row["name"] for batch in engine.select(question) for row in batch.to_pylist()}

"""A source that delivers says nothing for longer than is normal for it.

Its own past says what is normal: a gap counts unless one much as long came on several of the
days before (a nightly pause, an office that closes, a log that is seldom written). What is
missing then is a gap of coverage, not calm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, cast

from pydantic import Field

from detections._behaviour import AnalyticSettings, Match, Reading, Rule
from soc.coverage import BIN_S
from soc.query import Aggregate, Bucket, Measure, Period
from soc.where import Equals

if TYPE_CHECKING:
    from soc.context import Context
    from soc.records.source import Source

RULE = Rule(
    name="silence",
    level="medium",
    category="设备设施故障事件/技术故障",
    techniques=(),
    tactics=(),
    datasets=("health",),
    is_daily=True,
    is_timed=True,
    confidence="high",
    sentences=("sentence", "sentence_lasting"),
)
_BIN = timedelta(seconds=BIN_S)


class Settings(AnalyticSettings):
    """``[detections.analytics.silence]``."""

    least_s: int = Field(
        default=1_800,  # six bins; a router that restarts is back within a quarter of an hour
        ge=BIN_S,
        description="Shortest silence that is told, seconds",
    )
    history_days: int = Field(
        default=7, ge=1, le=90, description="Days before that say what is normal"
    )
    habitual_days: int = Field(
        default=3, ge=1, description="A gap that came on so many of those days is normal"
    )
    recent_days: int = Field(
        default=2, ge=2, le=31, description="Silences that ended longer ago are left alone"
    )
    batched: tuple[str, ...] = Field(
        default=(), description="Sources that deliver in batches: only gaps within are told"
    )


@dataclass(frozen=True, slots=True)
class Gap:
    """Time without a live bin."""

    start: datetime
    end: datetime
    is_lasting: bool = False  # up to now

    @property
    def length(self) -> timedelta:
        return self.end - self.start


def detect(window: Reading, settings: Settings, context: Context) -> Iterator[Match]:
    """Unusual silences of the last days, one match each; an entity is the name of a source."""
    now = context.clock.now()
    back = timedelta(days=settings.history_days + settings.recent_days)
    period = Period(now - back, now)
    ignored = _ignored(context)
    for (origin, observer), bins in sorted(_live(period, context).items()):
        if observer in ignored:
            continue
        end = None if observer in settings.batched else now
        for gap in unusual(gaps(bins, end), settings, now):
            yield _match(origin, observer, gap, context)


def gaps(bins: Sequence[datetime], now: datetime | None) -> list[Gap]:
    """Times between live bins, and from the last one to now; begins of bins, sorted."""
    found = [Gap(a + _BIN, b) for a, b in pairwise(bins) if b - a > _BIN]
    if bins and now is not None and now > bins[-1] + _BIN:
        found.append(Gap(bins[-1] + _BIN, now, is_lasting=True))
    return found


def unusual(found: Sequence[Gap], settings: Settings, now: datetime) -> Iterator[Gap]:
    """Gaps that are long, recent, and not a habit."""
    least = timedelta(seconds=settings.least_s)
    recent = now - timedelta(days=settings.recent_days)
    for gap in found:
        if gap.length >= least and gap.end >= recent:
            earlier = [one for one in found if one.end <= gap.start]
            if len(_alike(gap, earlier, settings)) < settings.habitual_days:
                yield gap


def _alike(gap: Gap, earlier: Iterable[Gap], settings: Settings) -> set[object]:
    """Days before with a gap half to twice as long, or for one that lasts at least as long."""
    first = gap.start - timedelta(days=settings.history_days)
    return {
        one.start.date()
        for one in earlier
        if one.end >= first
        and 2 * one.length >= gap.length
        and (gap.is_lasting or one.length <= 2 * gap.length)
    }


def _ignored(context: Context) -> set[str]:
    """Names of sources that need not deliver: scanners, and those not in use."""
    sources = cast("Iterator[Source]", context.store.records.find("source"))
    return {s.name for s in sources if s.type == "scanner" or s.state != "active"}


def _live(period: Period, context: Context) -> dict[tuple[str, str], list[datetime]]:
    """Begins of the live bins of each source, sorted."""
    query = Aggregate(
        "health",
        (Measure("rows", "sum", "soc.health.rows"),),
        by=("soc.origin", "observer.name"),
        bucket=Bucket(BIN_S),
        where=Equals("soc.health.live", True),
        period=period,
    )
    found: dict[tuple[str, str], set[datetime]] = {}
    for row in context.engine.aggregate(query).to_pylist():
        if row["observer.name"] is not None:
            key = (row["soc.origin"] or "live", row["observer.name"])
            found.setdefault(key, set()).add(row["bucket"].astimezone(UTC))
    return {key: sorted(bins) for key, bins in found.items()}


def _match(origin: str, observer: str, gap: Gap, context: Context) -> Match:
    zone = context.calendar.zone
    return Match(
        group=f"{origin} {observer}",
        entity=observer,
        start=gap.start,
        end=gap.end,
        origin=origin,
        count=1,
        figures={
            "observer": observer,
            "from": f"{gap.start.astimezone(zone):%m-%d %H:%M}",
            "to": f"{gap.end.astimezone(zone):%m-%d %H:%M}",
            "minutes": round(gap.length.total_seconds() / 60),
        },
        sentence="sentence_lasting" if gap.is_lasting else "sentence",
        observer=observer,
        day=context.calendar.date_of(gap.end),
        result="unknown",
    )

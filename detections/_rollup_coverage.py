"""How much of each day the sources that see an endpoint were alive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, cast

from detections._rollup_endpoints import Place, Places
from soc.coverage import BIN_S, counted
from soc.errors import InputError
from soc.net import Network, address, network
from soc.query import Aggregate, Bucket, Measure, Period
from soc.where import Equals

if TYPE_CHECKING:
    from soc.context import Context
    from soc.records.source import Source

Live = Mapping[str, set[datetime]]  # observer -> begins of its live bins


def coverage_of(
    days: Sequence[date], places: Places, context: Context
) -> dict[tuple[date, Place], float]:
    """Share of live bins, 0 to 1, by day and endpoint; of a day that is not over up to now."""
    period = context.calendar.days(days[0], days[-1])
    live = _live(period, context)
    seers = _seers(period, places, context)
    found: dict[tuple[date, Place], float] = {}
    for day in days:
        shares = _shares(
            _elapsed(day, context), live, {n for names in seers.values() for n in names}
        )
        for place in places.all:
            held = [shares[name] for name in seers[place]]
            found[day, place] = sum(held) / len(held) if held else 0.0
    return found


def _elapsed(day: date, context: Context) -> Period:
    whole, now = context.calendar.day(day), context.clock.now()
    return Period(whole.start, max(whole.start, min(whole.end, now)))


def _shares(period: Period, live: Live, names: Iterable[str]) -> dict[str, float]:
    bins = {name: _within(live.get(name, set()), period) for name in names}
    return {name: counted(period, {name: begins}).fraction for name, begins in bins.items()}


def _within(begins: Iterable[datetime], period: Period) -> list[datetime]:
    return [at for at in begins if period.start <= at < period.end]


def _live(period: Period, context: Context) -> Live:
    query = Aggregate(
        "health",
        (Measure("n", "count"),),
        by=("observer.name",),
        bucket=Bucket(BIN_S),
        where=Equals("soc.health.live", True),
        period=period,
    )
    found: dict[str, set[datetime]] = {}
    for row in context.engine.aggregate(query).to_pylist():
        found.setdefault(row["observer.name"] or "", set()).add(row["bucket"])
    return found


def _seers(period: Period, places: Places, context: Context) -> dict[Place, tuple[str, ...]]:
    """The sources of flows that see each endpoint: by their networks, else their zone, else all."""
    sources = cast("Iterable[Source]", context.store.records.find("source"))
    used = {s.name: s for s in sources if s.state == "active"}
    exporters = {name for name, s in used.items() if s.type == "exporter"}
    names = sorted(exporters | (_observers(period, context) - set(used)))
    exact = {n: [network(p) for p in used[n].prefixes] for n in names if n in used}
    zones = {name: used[name].zone if name in used else None for name in names}
    found: dict[Place, tuple[str, ...]] = {}
    for place in places.all:
        at = _host(place.ip)
        by_network = [n for n in names if at and any(p.contains(at) for p in exact.get(n, ()))]
        by_zone = [n for n in names if not exact.get(n) and zones[n] and zones[n] == place.zone]
        found[place] = tuple(by_network or by_zone or names)
    return found


def _host(text: str) -> Network | None:
    try:
        return address(text)
    except InputError:
        return None


def _observers(period: Period, context: Context) -> set[str]:
    query = Aggregate("flow", (Measure("n", "count"),), by=("observer.name",), period=period)
    rows = context.engine.aggregate(query).to_pylist()
    return {row["observer.name"] for row in rows if row["observer.name"]}

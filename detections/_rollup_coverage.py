"""How much of each day the sources that see an endpoint were alive; nobody's is nought.

A source sees the networks that it names, else its zone. One that says neither sees the zones in
which it met registered endpoints: its silence elsewhere says nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
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

Live = Mapping[str, Sequence[datetime]]  # observer -> begins of its live bins, sorted
Met = Collection[tuple[str, str]]  # observer and zone


def coverage_of(
    days: Sequence[date], places: Places, met: Met, context: Context
) -> dict[tuple[date, Place], float]:
    """Share of live bins, 0 to 1, by day and endpoint; of a day that is not over up to now.

    An endpoint that no source sees has 0. ``met`` holds observer and zone wherever flows of
    the days showed a registered endpoint.
    """
    period = context.calendar.days(days[0], days[-1])
    live = _live(period, context)
    sights = _sights(met, context)
    seers = {place: _seers(place, sights, places.private) for place in places.all}
    found: dict[tuple[date, Place], float] = {}
    for day in days:
        shares = _shares(_elapsed(day, context), live, (sight.name for sight in sights))
        for place in places.all:
            held = [shares[name] for name in seers[place]]
            found[day, place] = sum(held) / len(held) if held else 0.0
    return found


def _elapsed(day: date, context: Context) -> Period:
    whole, now = context.calendar.day(day), context.clock.now()
    return Period(whole.start, max(whole.start, min(whole.end, now)))


def _shares(period: Period, live: Live, names: Iterable[str]) -> dict[str, float]:
    bins = {name: _within(live.get(name, ()), period) for name in names}
    return {name: counted(period, {name: begins}).fraction for name, begins in bins.items()}


def _within(begins: Sequence[datetime], period: Period) -> Sequence[datetime]:
    return begins[bisect_left(begins, period.start) : bisect_left(begins, period.end)]


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
    return {name: sorted(begins) for name, begins in found.items()}


@dataclass(frozen=True)
class Sight:
    """What one source of flows sees."""

    name: str
    zone: str | None = None
    networks: tuple[Network, ...] = ()
    met: frozenset[str] = frozenset()  # zones, where it declares nothing


def _sights(met: Met, context: Context) -> list[Sight]:
    """Every exporter in use, and whoever else sent flows and is not switched off."""
    sources = list(cast("Iterable[Source]", context.store.records.find("source")))
    known = {source.name for source in sources}
    used = [s for s in sources if s.state == "active"]
    seen = {name for name, _ in met}
    found = [
        Sight(s.name, s.zone, tuple(network(text) for text in s.prefixes), _zones(s.name, met))
        for s in used
        if s.type == "exporter" or (s.name in seen and s.type is None)
    ]
    return found + [Sight(name, met=_zones(name, met)) for name in sorted(seen - known)]


def _zones(name: str, met: Met) -> frozenset[str]:
    return frozenset(zone for observer, zone in met if observer == name)


def _seers(place: Place, sights: Sequence[Sight], private: frozenset[str]) -> tuple[str, ...]:
    """The sources that see an endpoint: those that name its network, else those of its zone."""
    exact = tuple(s.name for s in sights if s.networks and _names(s, place, private))
    return exact or tuple(s.name for s in sights if not s.networks and _stands(s, place))


def _names(sight: Sight, place: Place, private: frozenset[str]) -> bool:
    """An address of a private zone is meant only by a source of that zone."""
    at = _host(place.ip)
    if at is None or (place.zone in private and place.zone != sight.zone):
        return False
    return any(network.contains(at) for network in sight.networks)


def _stands(sight: Sight, place: Place) -> bool:
    if place.zone is None:
        return True
    return place.zone == sight.zone if sight.zone else place.zone in sight.met


def _host(text: str) -> Network | None:
    try:
        return address(text)
    except InputError:
        return None

"""Who answers on the network: by scans, flows, the logs of sensors, and tables of presence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from detections._behaviour_flow import CLIENT_SIDE, REFUSED, SERVICE_PORTS, TALKED
from detections._shadow_judge import Sighting
from soc.query import Aggregate, Bucket, Measure, Period
from soc.where import All, Cidr, Equals, Exists, In, Not, Range, Some, Where

if TYPE_CHECKING:
    from soc.context import Context
    from soc.records.source import Source

_DAY_S = 86_400


def sightings(period: Period, origins: tuple[str, ...], context: Context) -> Iterator[Sighting]:
    """Every answer of an address inside that no asset has, by source and day."""
    own = _scanners(context)
    live = In("soc.origin", origins)
    yield from _scanned(period, live, context)
    yield from _side(
        "flow", "destination", "flow", All((live, CLIENT_SIDE, TALKED)), own, period, context
    )
    yield from _side("flow", "source", "flow", All((live, _REPLY)), own, period, context)
    for dataset, answered in _LOGS.items():
        yield from _side(dataset, "destination", "log", All((live, answered)), own, period, context)
    yield from _present(period, live, context)


_REPLY: Where = All(
    (
        Range("source.port", low=1, high=SERVICE_PORTS),
        Range("destination.port", low=SERVICE_PORTS + 1),
        Not(REFUSED),
        Some((Not(Equals("network.transport", "tcp")), Not(Equals("soc.tcp_flags", 2)))),
    )
)  # a row of the service's own direction; a call with nothing but SYN is none
_LOGS: dict[str, Where] = {
    "http": Exists("http.response.status_code"),
    "tls": Equals("tls.established", True),
}


def _scanners(context: Context) -> tuple[str, ...]:
    """Networks of our own scanners: what answers them is a scan, not a second source."""
    from detections._rules import SigmaSettings

    named = context.config.plugin("detections.sigma", SigmaSettings).scanners
    found = context.store.records.find("source", Equals("type", "scanner"))
    sources = cast("Iterator[Source]", found)
    return (*named, *(p for s in sources if s.state != "retired" for p in s.prefixes))


def _rows(
    dataset: str, by: tuple[str, ...], where: Where, period: Period, context: Context
) -> Iterator[tuple[date, dict[str, Any]]]:
    query = Aggregate(
        dataset,
        (Measure("n", "count"),),
        by,
        Bucket(_DAY_S, zone=context.config.site.time_zone),
        where,
        period,
    )
    for row in context.engine.aggregate(query).to_pylist():
        yield context.calendar.date_of(row["bucket"]), row


def _side(
    dataset: str,
    own_end: str,
    source: str,
    where: Where,
    scanners: tuple[str, ...],
    period: Period,
    context: Context,
) -> Iterator[Sighting]:
    """Answers of addresses at one end of the rows: inside, and no asset's."""
    other = "source" if own_end == "destination" else "destination"
    parts = (
        where,
        Exists(f"soc.{own_end}.zone"),
        Not(Exists(f"soc.{own_end}.asset")),
        Not(Some(tuple(Cidr(f"{other}.ip", text) for text in scanners))),
    )
    by = (f"soc.{own_end}.zone", f"{own_end}.ip", f"{own_end}.port")
    ports: defaultdict[tuple[str, str, date], set[int]] = defaultdict(set)
    for day, row in _rows(dataset, by, All(parts), period, context):
        if row[by[1]] is not None:
            ports[row[by[0]], row[by[1]], day] |= {row[by[2]]} - {None}
    for (zone, ip, day), found in ports.items():
        yield Sighting(zone, ip, source, day, frozenset(found))


def _scanned(period: Period, live: Where, context: Context) -> Iterator[Sighting]:
    """Hosts that proved to be up in a run that is not suspect."""
    suspect = context.store.records.find("scan", Equals("state", "suspect"))
    runs = tuple(n for s in suspect for n in (s.id, getattr(s, "run", None)) if n)
    parts = (live, Equals("soc.scan.outcome", "done"), Not(In("soc.scan.run", runs, cased=True)))
    by = ("soc.scan.vantage", "destination.ip", "destination.port", "soc.scan.state")
    ports: defaultdict[tuple[str | None, str, date], set[int]] = defaultdict(set)
    for day, row in _rows("scan", by, All(parts), period, context):
        is_open = row["soc.scan.state"] == "open" and row["destination.port"] is not None
        key = (
            _zone(row["soc.scan.vantage"], row["destination.ip"], context),
            row["destination.ip"],
        )
        ports[*key, day] |= {row["destination.port"]} if is_open else set()
    for (zone, ip, day), found in ports.items():
        yield Sighting(zone, ip, "scan", day, frozenset(found))


def _zone(vantage: str | None, ip: str, context: Context) -> str | None:
    """Where the scanned address lies: in the scanner's own zone if that one is private."""
    owner = context.estate.who(ip, vantage)
    return owner.zone if owner else vantage


def _present(period: Period, live: Where, context: Context) -> Iterator[Sighting]:
    """Leases, ARP and MAC tables, each product a source of its own."""
    by = ("soc.source.zone", "source.ip", "event.module")
    where = All((live, Exists("source.ip"), Exists("soc.source.zone")))
    for day, row in _rows("presence", by, where, period, context):
        yield Sighting(row[by[0]], row[by[1]], f"presence.{row[by[2]] or 'table'}", day)

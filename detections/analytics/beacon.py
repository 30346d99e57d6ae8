"""An inside host calls one outside service at even intervals with much the same bytes.

Evenness is the median absolute deviation of the gaps over their median, 0 for a perfect beat
and 0.69 for calls at random times. After Hampel, "The Influence Curve and its Role in Robust
Estimation", JASA 69 (1974), and the scoring of Real Intelligence Threat Analytics (Active
Countermeasures), which also leaves out what many hosts talk to. The attacker is the destination.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import Field

from detections._behaviour import AnalyticSettings, Match, Reading, Rule, allowed_out
from detections._behaviour_days import OUTBOUND, best, spans
from soc.query import Aggregate, Bucket, Measure, Period, Select
from soc.where import All, Equals, In, Not, Range, Where

if TYPE_CHECKING:
    from soc.context import Context

RULE = Rule(
    name="beacon",
    level="high",
    category="恶意程序事件/僵尸网络",
    techniques=("T1071",),
    tactics=("command-and-control",),
    datasets=("flow",),
    is_daily=True,
)
_PAIR = ("soc.origin", "source.ip", "destination.ip", "destination.port")


class Settings(AnalyticSettings):
    """``[detections.analytics.beacon]``."""

    contacts: int = Field(
        default=20,  # an hourly beacon makes 24 a day
        ge=4,
        description="Fewest contacts of a day",
    )
    spread: float = Field(
        default=0.15,  # jitter of 10 % gives 0.05, of 30 % about 0.15; chance gives 0.69
        gt=0,
        lt=1,
        description="Greatest deviation of the gaps over their median",
    )
    bytes_spread: float = Field(
        default=0.3,  # an idle implant asks and is told nothing; a browser's requests vary
        gt=0,
        description="Greatest deviation of the bytes sent over their median",
    )
    gap_s: int = Field(
        default=10,  # faster is a stream or a retry
        ge=1,
        description="Shortest median gap, seconds",
    )
    popular: int = Field(
        default=5,  # updates, time servers and portals are called by many hosts
        ge=2,
        description="A destination with so many inside clients a day is popular and left out",
    )
    quiet_ports: tuple[int, ...] = Field(
        default=(53, 123), description="Ports whose clients are even by nature"
    )


class Contact(NamedTuple):
    """One call: when it began, from which port, and what was sent."""

    at: datetime
    port: int
    octets: int


class Beat(NamedTuple):
    """How even calls are."""

    gap_s: float  # median
    spread: float
    bytes_spread: float


def detect(window: Reading, settings: Settings, context: Context) -> Iterator[Match]:
    """Even callers of each day that has new rows; one match a pair, port and day."""
    where = All(
        (
            OUTBOUND,
            Not(In("destination.port", settings.quiet_ports)),
            allowed_out(settings, "source.ip", "destination.ip"),
        )
    )
    for day, pairs in _candidates(where, window.days, settings, context):
        period = context.calendar.day(day)
        for pair in pairs:
            rows = All((where, *(Equals(name, pair[name]) for name in _PAIR)))
            contacts = _contacts(rows, pair["observer.name"], period, context)
            beat = beat_of(contacts)
            if beat is not None and _is_even(contacts, beat, settings):
                yield _match(pair, contacts, beat, rows, day)


def beat_of(contacts: Sequence[Contact]) -> Beat | None:
    """How even the calls are; None with fewer than three, or where they are not spread in time."""
    gaps = [(b.at - a.at).total_seconds() for a, b in pairwise(contacts)]
    if len(gaps) < 2 or median(gaps) == 0:
        return None
    return Beat(median(gaps), _deviation(gaps), _deviation([c.octets for c in contacts]))


def _deviation(values: Sequence[float]) -> float:
    """Median absolute deviation over the median; unitless, 0 where the median is 0."""
    middle = median(values)
    return median(abs(value - middle) for value in values) / middle if middle else 0.0


def _is_even(contacts: Sequence[Contact], beat: Beat, settings: Settings) -> bool:
    return (
        len(contacts) >= settings.contacts
        and beat.gap_s >= settings.gap_s
        and beat.spread <= settings.spread
        and beat.bytes_spread <= settings.bytes_spread
    )


def _candidates(
    where: Where, days: Sequence[date], settings: Settings, context: Context
) -> Iterator[tuple[date, list[dict[str, Any]]]]:
    """By day the pairs with enough contacts, less the destinations that many hosts talk to."""
    for run in spans(days):
        found = _often(where, run, settings, context)
        for day in run:
            pairs = [row for row in found if context.calendar.date_of(row["bucket"]) == day]
            yield day, _rare(pairs, where, context.calendar.day(day), settings, context)


def _often(
    where: Where, days: Sequence[date], settings: Settings, context: Context
) -> list[dict[str, Any]]:
    query = Aggregate(
        "flow",
        (Measure("n", "count"),),
        by=(*_PAIR, "observer.name"),
        bucket=Bucket(86_400, zone=context.config.site.time_zone),
        where=where,
        period=context.calendar.days(days[0], days[-1]),
        having=Range("n", low=settings.contacts),
    )
    return best(context.engine.aggregate(query), ("bucket", *_PAIR), "n")


def _rare(
    found: list[dict[str, Any]],
    where: Where,
    period: Period,
    settings: Settings,
    context: Context,
) -> list[dict[str, Any]]:
    if not found:
        return []
    named = tuple(sorted({row["destination.ip"] for row in found}))
    popular = _popular(where, named, period, settings, context)
    return [row for row in found if row["destination.ip"] not in popular]


def _popular(
    where: Where, named: tuple[str, ...], period: Period, settings: Settings, context: Context
) -> set[str]:
    query = Aggregate(
        "flow",
        (Measure("hosts", "distinct", "source.ip"),),
        by=("destination.ip",),
        where=All((where, In("destination.ip", named))),
        period=period,
        having=Range("hosts", low=settings.popular),
    )
    return {row["destination.ip"] for row in context.engine.aggregate(query).to_pylist()}


def _contacts(
    where: Where, observer: str | None, period: Period, context: Context
) -> list[Contact]:
    """Calls as one observer saw them, by time; records of one call count once."""
    seen = where if observer is None else All((where, Equals("observer.name", observer)))
    columns = ("@timestamp", "event.start", "source.port", "source.bytes")
    found: dict[tuple[int, datetime], Contact] = {}
    for batch in context.engine.select(Select("flow", seen, columns, period=period)):
        for row in batch.to_pylist():
            at = row["event.start"] or row["@timestamp"]
            contact = Contact(at, row["source.port"], row["source.bytes"] or 0)
            found[contact.port, contact.at] = contact
    return sorted(found.values())


def _match(
    pair: dict[str, Any], contacts: Sequence[Contact], beat: Beat, where: Where, day: date
) -> Match:
    host, service, port = pair["source.ip"], pair["destination.ip"], pair["destination.port"]
    return Match(
        group=" ".join([*(str(pair[name]) for name in _PAIR), day.isoformat()]),
        entity=f"{host} {service}",
        start=contacts[0].at,
        end=contacts[-1].at,
        origin=str(pair["soc.origin"]),
        count=len(contacts),
        attackers=(service,),
        victims=(host,),
        victim_end="source",
        figures={
            "host": host,
            "service": service,
            "port": port,
            "contacts": len(contacts),
            "gap_s": round(beat.gap_s),
            "spread_percent": f"{100 * beat.spread:.1f}",
            "bytes_percent": f"{100 * beat.bytes_spread:.1f}",
            "bytes_median": round(median(c.octets for c in contacts)),
        },
        where=where,
        day=day,
        result="compromised",
    )

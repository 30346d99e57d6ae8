"""An inside host sends one outside service far more in a day than it ever does.

The measure is a robust z-score: bytes of the day less the median of the days before, over 1.4826
times their median absolute deviation (Iglewicz and Hoaglin, "How to Detect and Handle Outliers",
ASQ 1993). It is taken twice: against what the host sent this service, and against the most that
it sent any service that is not habitual. A nightly backup is explained by its own past. The
attacker is the destination; behind a translated address the victim is the inside host.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from pydantic import Field, field_validator

from detections._behaviour import AnalyticSettings, Match, Reading, Rule, allowed_out
from detections._behaviour_days import OUTBOUND, best, spans
from soc.errors import InputError
from soc.net import Network, network
from soc.query import Aggregate, Bucket, Measure
from soc.where import All, Equals, In, Range, Where

if TYPE_CHECKING:
    from soc.context import Context

RULE = Rule(
    name="exfiltration",
    level="high",
    category="数据安全事件/数据泄露",
    techniques=("T1048",),
    tactics=("exfiltration",),
    datasets=("flow",),
    is_daily=True,
    sentences=("sentence", "sentence_new"),
)
_PAIR = ("soc.origin", "source.ip", "destination.ip")
_CONSISTENT = 1.4826  # makes the median absolute deviation that of a normal distribution


class Settings(AnalyticSettings):
    """``[detections.analytics.exfiltration]``."""

    least_bytes: int = Field(
        default=1_000_000_000,  # a clerk's upload of a day stays below
        ge=1,
        description="Fewest bytes of a day that are looked at",
    )
    score: float = Field(
        default=6.0,  # 3.5 is the usual cut for outliers; days are few and skewed
        gt=0,
        description="Least robust z-score",
    )
    history_days: int = Field(
        default=28,  # four weeks, so that weekly work is in it
        ge=1,
        le=180,
        description="Days before that are compared with",
    )
    least_days: int = Field(
        default=7,
        ge=1,
        description="With fewer days of history five times the bytes are asked for",
    )
    floor_bytes: int = Field(
        default=50_000_000,  # a host that never sends anything has no deviation at all
        ge=1,
        description="Smallest deviation that is assumed",
    )
    declared: tuple[str, ...] = Field(
        default=(), description="Declared transfers such as backups, as source>destination"
    )

    @field_validator("declared")
    @classmethod
    def _pairs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            try:
                _ends(text)
            except InputError as error:
                raise ValueError(f"{error}; write source>destination") from error
        return value


@dataclass(frozen=True, slots=True)
class Past:
    """Bytes of the days before, oldest first; 0 on a day with flows but none of the host."""

    pair: tuple[int, ...]
    host: tuple[int, ...]  # the most to one service that is not habitual


@dataclass(frozen=True, slots=True)
class Before:
    """Days with flows, oldest first, and bytes by day, pair and service of some hosts."""

    days: tuple[datetime, ...]
    rows: tuple[Mapping[str, Any], ...]


def detect(window: Reading, settings: Settings, context: Context) -> Iterator[Match]:
    """Hosts that sent too much on a day that has new rows; one match a pair and day."""
    where = All((OUTBOUND, allowed_out(settings, "source.ip", "destination.ip")))
    for days in spans(window.days):
        large = {
            day: [row for row in _untranslated(rows, context) if not _is_declared(row, settings)]
            for day, rows in _large(where, days, settings, context).items()
        }
        before = _before(where, large, settings, context)
        for day, rows in large.items():
            yield from _outliers(rows, before, day, where, settings, context)


def _outliers(
    large: Sequence[Mapping[str, Any]],
    before: Before,
    day: date,
    where: Where,
    settings: Settings,
    context: Context,
) -> Iterator[Match]:
    pasts = _pasts(large, before, day, settings, context)
    for row in large:
        past = pasts[_key(row)]
        if len(past.host) < settings.least_days and not _is_recent(day, context):
            continue  # the first days of an imported history have nothing to be held against
        if is_outlier(row["bytes"], past, settings):
            yield _match(row, past, where, day, settings)


def _is_recent(day: date, context: Context) -> bool:
    return context.calendar.date_of(context.clock.now()) - day <= timedelta(days=1)


def is_outlier(sent: int, past: Past, settings: Settings) -> bool:
    """True where neither the pair nor the host has done the like."""
    if len(past.host) < settings.least_days:
        return (
            sent >= 5 * settings.least_bytes and score(sent, past.pair, settings) >= settings.score
        )
    return min(score(sent, past.pair, settings), score(sent, past.host, settings)) >= settings.score


def score(sent: int, past: Sequence[int], settings: Settings) -> float:
    """Robust z-score; the deviation is at least a tenth of the median, and the floor."""
    middle = median(past) if past else 0
    spread = _CONSISTENT * median(abs(value - middle) for value in past) if past else 0
    return (sent - middle) / max(spread, middle / 10, settings.floor_bytes)


def _large(
    where: Where, days: Sequence[date], settings: Settings, context: Context
) -> dict[date, list[dict[str, Any]]]:
    """Pairs that sent much, by day."""
    query = Aggregate(
        "flow",
        (
            Measure("bytes", "sum", "source.bytes"),
            Measure("n", "count"),
            Measure("first", "min", "@timestamp"),
            Measure("last", "max", "@timestamp"),
        ),
        by=(*_PAIR, "observer.name", "soc.source.asset"),
        bucket=Bucket(86_400, zone=context.config.site.time_zone),
        where=where,
        period=context.calendar.days(days[0], days[-1]),
        having=Range("bytes", low=settings.least_bytes),
    )
    rows = best(context.engine.aggregate(query), ("bucket", *_PAIR), "bytes")
    return {day: _on(day, rows, context) for day in days}


def _on(day: date, rows: Sequence[dict[str, Any]], context: Context) -> list[dict[str, Any]]:
    return [row for row in rows if context.calendar.date_of(row["bucket"]) == day]


def _untranslated(rows: list[dict[str, Any]], context: Context) -> list[dict[str, Any]]:
    """Rows of translated addresses are left out where a host behind is seen with as much."""
    kept = []
    for row in rows:
        others = (o for o in rows if o is not row and o["destination.ip"] == row["destination.ip"])
        is_behind = any(o["bytes"] >= row["bytes"] // 2 for o in others)
        if not (is_behind and _is_translator(row["soc.source.asset"], context)):
            kept.append(row)
    return kept


def _is_translator(asset: str | None, context: Context) -> bool:
    found = context.store.records.get("asset", asset) if asset else None
    return getattr(found, "type", None) == "nat"


def _is_declared(row: Mapping[str, Any], settings: Settings) -> bool:
    own = (network(row["source.ip"]), network(row["destination.ip"]))
    pairs = map(_ends, settings.declared)
    return any(all(map(Network.contains, pair, own)) for pair in pairs)


def _ends(text: str) -> tuple[Network, Network]:
    source, _, destination = text.partition(">")
    return network(source), network(destination)


def _before(
    where: Where,
    large: Mapping[date, Sequence[Mapping[str, Any]]],
    settings: Settings,
    context: Context,
) -> Before:
    """The days before any of these, and what the hosts that sent much sent on each of them."""
    hosts = tuple(sorted({row["source.ip"] for rows in large.values() for row in rows}))
    if not hosts:
        return Before((), ())
    first, last = min(large), max(large)
    period = context.calendar.days(
        first - timedelta(days=settings.history_days), last - timedelta(days=1)
    )
    seen = Aggregate(
        "flow",
        (Measure("bytes", "sum", "source.bytes"),),
        bucket=Bucket(86_400, zone=context.config.site.time_zone),
        period=period,
    )
    sent = replace(seen, by=(*_PAIR, "observer.name"), where=All((where, In("source.ip", hosts))))
    days = sorted(row["bucket"] for row in context.engine.aggregate(seen).to_pylist())
    return Before(
        tuple(days), tuple(best(context.engine.aggregate(sent), ("bucket", *_PAIR), "bytes"))
    )


def _pasts(
    large: Sequence[Mapping[str, Any]],
    before: Before,
    day: date,
    settings: Settings,
    context: Context,
) -> dict[tuple[Any, ...], Past]:
    """The history of each pair that sent much, from the flows of the days before its own."""
    period = context.calendar.days(
        day - timedelta(days=settings.history_days), day - timedelta(days=1)
    )
    days = [at for at in before.days if period.start <= at < period.end]
    rows = [row for row in before.rows if period.start <= row["bucket"] < period.end]
    return {_key(row): _past(row, rows, days) for row in large}


def _past(
    pair: Mapping[str, Any], rows: Iterable[Mapping[str, Any]], days: Sequence[datetime]
) -> Past:
    own = [r for r in rows if _key(r)[:2] == _key(pair)[:2]]
    by_service: dict[str, dict[Any, int]] = defaultdict(dict)
    for row in own:
        by_service[row["destination.ip"]][row["bucket"]] = row["bytes"] or 0
    rare = {name: sent for name, sent in by_service.items() if 2 * len(sent) < len(days)}
    mine = by_service.get(pair["destination.ip"], {})
    return Past(
        pair=tuple(mine.get(day, 0) for day in days),
        host=tuple(max((sent.get(day, 0) for sent in rare.values()), default=0) for day in days),
    )


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in _PAIR)


def _match(
    row: Mapping[str, Any], past: Past, where: Where, day: date, settings: Settings
) -> Match:
    is_new = len(past.host) < settings.least_days
    host, service = row["source.ip"], row["destination.ip"]
    return Match(
        group=" ".join([*map(str, _key(row)), day.isoformat()]),
        entity=f"{host} {service}",
        start=row["first"],
        end=row["last"],
        origin=str(row["soc.origin"]),
        count=1,
        attackers=(service,),
        victims=(host,),
        victim_end="source",
        figures={
            "host": host,
            "service": service,
            "sent": _gigabytes(row["bytes"]),
            "bytes": row["bytes"],
            "flows": row["n"],
            "usual": _gigabytes(median(past.host) if past.host else 0),
            "most": _gigabytes(max(past.host, default=0)),
            "days": len(past.host),
            "score": f"{score(row['bytes'], past.host, settings):.1f}",
        },
        sentence="sentence_new" if is_new else "sentence",
        where=All((where, *(Equals(name, row[name]) for name in _PAIR))),
        day=day,
        result="succeeded",
        confidence="low" if is_new else None,
    )


def _gigabytes(octets: float) -> str:
    return f"{octets / 1e9:.2f}"

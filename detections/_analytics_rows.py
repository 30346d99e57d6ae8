"""Rows of ``match`` from what analytics find."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from detections._match import direction
from soc import schema
from soc.errors import InputError
from soc.query import Order, Period, Select
from soc.text import Language, text

if TYPE_CHECKING:
    from detections._behaviour import Match, Rule
    from soc.context import Context
    from soc.estate import Owner

Row = Mapping[str, Any]
SAMPLES = 20
_ENDS = ("source", "destination")
_SAMPLED = (
    "@timestamp",
    "event.id",
    "observer.name",
    "soc.drills",
    *(f"soc.{end}.{part}" for end in _ENDS for part in ("zone", "unit", "system", "asset")),
)
COLUMNS = tuple(name for name in schema.of("match") if not schema.of("match")[name].virtual)
_COMPARED = (
    "soc.count",
    "event.severity",
    "soc.match.events",
    "soc.match.result",
    "soc.match.attacker",
    "soc.match.victim",
    "soc.match.figures",
)


def overlapping(match: Match, standing: Iterable[Row]) -> list[Row]:
    """Stored episodes of the group that share time with the match, the earliest first."""
    same = [
        row
        for row in standing
        if row["soc.match.figures"].get("group") == match.group
        and _time(row, "start") <= match.end
        and match.start <= _time(row, "end")
    ]
    return sorted(same, key=lambda row: (_time(row, "start"), row["soc.match.key"]))


def _time(row: Row, name: str) -> datetime:
    return datetime.fromisoformat(row["soc.match.figures"][name])


def gone(row: Row, merged_into: str | None = None) -> dict[str, Any]:
    """The row as it is issued when its episode is no longer one of its own."""
    mark = {"merged_into": merged_into} if merged_into else {"withdrawn": "true"}
    return {**row, "soc.count": 0, "soc.match.figures": {**row["soc.match.figures"], **mark}}


def differs(row: Row, stored: Row | None) -> bool:
    """True where the row says something else than what is stored under its key."""
    return stored is None or any((row[n] or None) != (stored[n] or None) for n in _COMPARED)


def row(
    rule: Rule, dataset: str, match: Match, before: Row | None, context: Context
) -> dict[str, Any]:
    """One row of ``match``, without number; with the key of the row that it continues."""
    language = context.config.site.language
    samples = _samples(dataset, match, context)
    first = samples[0] if samples else {}
    events = [str(sample["event.id"]) for sample in samples]
    events = list(dict.fromkeys((*match.events, *events)))[:SAMPLES]
    start = events[0] if events else match.start.isoformat()
    key = before["soc.match.key"] if before else f"{rule.id}/{rule.version}:{match.group}:{start}"
    attacker_end = "source" if match.victim_end == "destination" else "destination"
    return {
        "@timestamp": match.end,
        "observer.name": first.get("observer.name") or match.observer,
        "event.module": "analytic",
        "soc.origin": match.origin,
        "soc.count": match.count,
        "soc.drills": sorted({d for s in samples for d in s.get("soc.drills") or ()}) or None,
        **_said(rule, match, language),
        "soc.match.key": key,
        "soc.match.entity": match.entity,
        "soc.match.dataset": dataset,
        "soc.match.events": events,
        "soc.match.attacker": list(match.attackers),
        "soc.match.forwarded": [],
        "soc.match.victim": list(match.victims),
        "soc.match.attacker_zone": first.get(f"soc.{attacker_end}.zone"),
        "soc.match.victim_zone": first.get(f"soc.{match.victim_end}.zone"),
        "soc.match.victim_port": match.port,
        **_owned(match, first, context),
        "soc.match.result": match.result,
        "soc.match.direction": direction(first, is_forwarded=False) if first else "unknown",
        "soc.match.confidence": match.confidence or rule.confidence,
        "soc.match.figures": _figures(rule, match, language),
        "soc.match.backfill": False,
    }


def _said(rule: Rule, match: Match, language: Language) -> dict[str, Any]:
    from detections._behaviour import LEVELS

    return {
        "rule.id": rule.id,
        "rule.name": text(f"analytics.{rule.name}.title", language),
        "rule.category": rule.category,
        "rule.version": f"{rule.id}/{rule.version}",
        "rule.ruleset": "govsoc",
        "event.severity": LEVELS.index(match.level) + 1 if match.level else rule.severity,
        "threat.technique.id": list(rule.techniques),
        "threat.tactic.name": list(rule.tactics),
    }


def _figures(rule: Rule, match: Match, language: Language) -> dict[str, str]:
    """What the match rests on, as text, with the sentence that explains it."""
    told = {name: str(value) for name, value in match.figures.items()}
    found = {
        **told,
        "sentence": text(f"analytics.{rule.name}.{match.sentence}", language, **told),
        "group": match.group,
        "start": match.start.astimezone(UTC).isoformat(),
        "end": match.end.astimezone(UTC).isoformat(),
    }
    return found | ({"day": match.day.isoformat()} if match.day else {})


def _samples(dataset: str, match: Match, context: Context) -> list[dict[str, Any]]:
    if match.where is None:
        return []
    known = schema.of(dataset)
    query = Select(
        dataset,
        match.where,
        tuple(name for name in _SAMPLED if name in known),
        period=_period(match, context),
        order=(Order("@timestamp"),),
        limit=SAMPLES,
    )
    return [row for batch in context.engine.select(query) for row in batch.to_pylist()]


def _period(match: Match, context: Context) -> Period:
    """The episode, or the day that was judged: its start may be that of an event, not its time."""
    if match.day is not None:
        return context.calendar.day(match.day)
    return Period(match.start, match.end + timedelta(microseconds=1))


def _owned(match: Match, first: Row, context: Context) -> dict[str, Any]:
    """Unit, system and asset of the victim; of several victims what they have in common."""
    if len(match.victims) == 1:
        parts = ("unit", "system", "asset")
        return {f"soc.match.{p}": first.get(f"soc.{match.victim_end}.{p}") for p in parts}
    zone = first.get(f"soc.{match.victim_end}.zone")
    owners = [_owner(address, zone, match, context) for address in match.victims]
    return {
        "soc.match.unit": _common([owner.unit if owner else None for owner in owners]),
        "soc.match.system": _common([owner.system if owner else None for owner in owners]),
        "soc.match.asset": None,
    }


def _owner(address: str, zone: str | None, match: Match, context: Context) -> Owner | None:
    try:
        return context.estate.who(address, zone, match.end)
    except InputError:
        return None


def _common(names: Sequence[str | None]) -> str | None:
    return names[0] if names and len(set(names)) == 1 else None

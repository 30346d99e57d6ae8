"""Matches folded into alerts: pure, in any order, from any number of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any

from detections import _match_episode as episode
from detections._alerts_filter import endpoint
from soc.records import Author
from soc.records.alert import (
    Alert,
    Attacker,
    AttackResult,
    Confidence,
    Coverage,
    Direction,
    Figure,
    Severity,
    Victim,
)

EVIDENCE = 20  # event ids that an alert keeps
PARTIES = 200  # attackers, and victims, that an alert names
_LEVELS: tuple[Severity, ...] = ("informational", "low", "medium", "high", "critical")
_RESULTS: tuple[AttackResult, ...] = (  # the worst that was seen counts
    "unknown",
    "blocked",
    "attempted",
    "succeeded",
    "compromised",
)
_CONFIDENCES: tuple[Confidence, ...] = ("low", "medium", "high")
_DIRECTIONS: tuple[Direction, ...] = ("inbound", "outbound", "lateral", "unknown")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """What one open alert is about; what is hidden has alerts of its own."""

    rule: str
    entity: str
    origin: str
    suppressed_by: str | None


@dataclass(slots=True)
class Folding:
    """An alert in the making; an accumulator, alive only while a window is read."""

    first: tuple[datetime, str]  # time and event that opened it
    last: datetime
    row: Row  # the latest match: title, version, class
    count: int = 0
    result: int = 0
    severity: int = 1
    confidence: int = 0
    direction: str = "unknown"
    evidence: dict[str, None] = field(default_factory=dict)
    attackers: dict[Attacker, None] = field(default_factory=dict)
    victims: dict[Victim, None] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)
    drills: set[str] = field(default_factory=set)
    techniques: set[str] = field(default_factory=set)
    is_fall: bool = True  # nothing but rows of episodes that are gone

    def add(self, row: Row) -> None:
        """One more match; one that is gone takes back what it had counted, no more."""
        at = row["@timestamp"]
        self.count += counted(row)
        if episode.is_gone(row):
            return
        self.is_fall = False
        self.first = min(self.first, _began(row))
        if at >= self.last:
            self.last, self.row = at, row
        events = row["soc.match.events"] or []
        self.result = max(self.result, _RESULTS.index(row["soc.match.result"] or "unknown"))
        self.severity = max(self.severity, row["event.severity"] or 1)
        self.confidence = max(self.confidence, _confidence(row))
        self.direction = row["soc.match.direction"] or self.direction
        _extend(self.evidence, events, EVIDENCE)
        _extend(self.attackers, _attackers(row), PARTIES)
        _extend(self.victims, _victims(row), PARTIES)
        self.sources |= {row["observer.name"]} if row["observer.name"] else set()
        self.drills |= set(row["soc.drills"] or ())
        self.techniques |= set(row["threat.technique.id"] or ())


def counted(row: Row) -> int:
    """How many the row stands for: of an episode that is issued again, what is new."""
    count: int | None = row["soc.count"]
    return count or 0 if episode.is_episode(row) else count or 1


def _began(row: Row) -> tuple[datetime, str]:
    events = row["soc.match.events"] or [""]
    return episode.start(row) or row["@timestamp"], events[0]


def key_of(row: Row) -> Key:
    """The alert that a match belongs to."""
    origin = row["soc.origin"] or "live"
    return Key(row["rule.id"], row["soc.match.entity"], origin, row["soc.match.suppressed_by"])


def folded(rows: Iterable[Row]) -> dict[Key, Folding]:
    """The matches by alert."""
    found: dict[Key, Folding] = {}
    for row in rows:
        key = key_of(row)
        if key not in found:
            found[key] = Folding(_began(row), row["@timestamp"], row)
        found[key].add(row)
    return found


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an alert takes from outside its matches."""

    site: str  # site code
    at: datetime
    author: Author
    coverage: Mapping[str, float]  # by observer
    layers: Mapping[str, tuple[str | None, str | None]]  # observer -> layer, team
    hidden_reason: str
    days: tzinfo  # whose date stands in the number


def opened(key: Key, found: Folding, around: Surroundings, again: str = "") -> Alert:
    """A new alert; ``again`` tells it from one that its first event opened and that is closed."""
    first, event = found.first
    record_id = Alert.key(around.site, key.rule, f"{event}:{key.entity}{again}")
    state = "suppressed" if key.suppressed_by else "open"
    blank = Alert(
        id=record_id,
        no=f"GJ-{first.astimezone(around.days):%Y%m%d}-{record_id[-8:]}",
        state=state,
        origin=_origin(key.origin),
        at=around.at,
        author=around.author,
        reason=around.hidden_reason if key.suppressed_by else "",
        rule=key.rule,
        entity=key.entity,
        title=str(found.row["rule.name"] or key.rule),
        first_seen=first,
        last_seen=found.last,
        count=0,
        severity=_LEVELS[0],
        suppressed_by=key.suppressed_by,
    )
    return grown(blank, found, around)


def grown(alert: Alert, found: Folding, around: Surroundings) -> Alert:
    """The alert with more matches; it keeps its state and its title."""
    if found.is_fall:
        return replace(alert, at=around.at, count=max(0, alert.count + found.count))
    sources = tuple(sorted({*alert.sources, *found.sources}))
    layer, team = next((around.layers[s] for s in sources if s in around.layers), (None, None))
    return replace(
        alert,
        at=around.at,
        author=around.author,
        rule_version=found.row["rule.version"],
        first_seen=min(alert.first_seen, found.first[0]),
        last_seen=max(alert.last_seen, found.last),
        count=max(0, alert.count + found.count),
        attackers=_joined(alert.attackers, found.attackers, PARTIES),
        victims=_joined(alert.victims, found.victims, PARTIES),
        direction=_direction(found.direction),
        result=_RESULTS[max(_RESULTS.index(alert.result), found.result)],
        severity=_LEVELS[max(_LEVELS.index(alert.severity), found.severity - 1)],
        confidence=_CONFIDENCES[found.confidence],
        category=found.row["rule.category"],
        techniques=tuple(sorted({*alert.techniques, *found.techniques})),
        layer=layer,
        team=team,
        sources=sources,
        coverage=_coverage(alert, found, around),
        evidence=_joined(alert.evidence, found.evidence, EVIDENCE),
        drills=tuple(sorted({*alert.drills, *found.drills})),
        explanation=episode.sentence(found.row) or alert.explanation,
        figures=_figures(found.row) or alert.figures,
    )


def _figures(row: Row) -> tuple[Figure, ...]:
    shown = episode.figures(row)
    return tuple(Figure(name=name, value=value) for name, value in shown.items())


def _coverage(alert: Alert, found: Folding, around: Surroundings) -> tuple[Coverage, ...]:
    """The least that each source was covered while the alert arose."""
    known = {entry.source: entry.fraction for entry in alert.coverage}
    for source in found.sources & around.coverage.keys():
        known[source] = min(around.coverage[source], known.get(source, 1.0))
    return tuple(Coverage(source=name, fraction=known[name]) for name in sorted(known))


def _attackers(row: Row) -> list[Attacker]:
    proxies = row["soc.match.forwarded"] or []
    return [
        Attacker(
            address=address,
            zone=row["soc.match.attacker_zone"],
            forwarded=proxies[0] if proxies else None,
        )
        for address in row["soc.match.attacker"] or ()
    ]


def _victims(row: Row) -> list[Victim]:
    return [
        Victim(
            endpoint=endpoint(address, row["soc.match.victim_port"]),
            zone=row["soc.match.victim_zone"],
            asset=row["soc.match.asset"],
            system=row["soc.match.system"],
            unit=row["soc.match.unit"],
        )
        for address in row["soc.match.victim"] or ()
    ]


def _confidence(row: Row) -> int:
    told = row["soc.match.confidence"]
    return _CONFIDENCES.index(told) if told in _CONFIDENCES else 0


def _direction(told: str) -> Direction:
    return next((known for known in _DIRECTIONS if known == told), "unknown")


def _origin(told: str) -> Any:
    return told if told in ("live", "imported", "manual", "simulated") else "live"


def _extend(kept: dict[Any, None], more: Iterable[Any], limit: int) -> None:
    for item in more:
        if len(kept) >= limit:
            return
        kept.setdefault(item)


def _joined(before: tuple[Any, ...], more: Iterable[Any], limit: int) -> tuple[Any, ...]:
    return tuple(dict.fromkeys((*before, *more)))[:limit]

"""Alerts: folded from matches, worked on by people.

One open alert a rule and entity. Matches are read by the log's versions and concluded with
the alerts in one step, so a repeated run changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from detections import _match_episode as episode
from detections._alerts_filter import SCANNER, Silences, as_row, compiled, tested
from detections._alerts_fold import Folding, Key, Surroundings, folded, grown, opened
from detections._alerts_words import Sort
from soc.errors import ConfigError, InputError
from soc.evidence import keep
from soc.query import Marks, Order, Period, Select, Window
from soc.records import Record, make_id
from soc.records.alert import Alert, Comment, Judgement
from soc.records.source import Source
from soc.records.suppression import Suppression
from soc.rights import demanded
from soc.store import Change
from soc.text import text
from soc.where import All, Equals, In, Not, Where

if TYPE_CHECKING:
    from soc.context import Context

READER = "alerts"
LIMIT = timedelta(days=90)  # longest that anything may be hidden at a time
_COVERED = timedelta(days=31)  # most of a span whose bins are counted; imports may span years
_CHUNK = 400  # entities that one question names


@dataclass(frozen=True, slots=True)
class Folded:
    """What folding did: alerts opened, raised, and matches that stayed hidden."""

    opened: int
    updated: int
    suppressed: int


def fold(context: Context) -> Folded:
    """Every match that was appended since the last fold is in an alert."""
    records, engine = context.store.records, context.engine
    before = records.watermark(READER)
    window = engine.window("match", before)
    if window.is_empty:
        return Folded(0, 0, 0)
    order = (Order("@timestamp"), Order("soc.match.key"))  # what an alert keeps is what came first
    query = Select("match", window=window, latest_by="soc.match.key", order=order)
    rows = [row for batch in engine.select(query) for row in batch.to_pylist()]
    found = folded(episode.increments(rows, _issued(context, rows, before)))
    around = _surroundings(context, found.values())
    standing = _standing(context, found)
    found = {k: f for k, f in found.items() if k in standing or not f.is_fall}
    changes = _changes(context, found, standing, around, window.upto)
    hidden = list(_hidden(context, found, window.upto))
    records.conclude(READER, before, window.upto, (*changes, *hidden))
    count = sum(folding.count for key, folding in found.items() if key.suppressed_by)
    return Folded(len(found.keys() - standing.keys()), len(standing), count)


def _issued(context: Context, rows: Iterable[Mapping[str, Any]], upto: Marks) -> dict[str, int]:
    """What episodes that are issued again had counted when they were folded before, by key."""
    keys = sorted({row["soc.match.key"] for row in rows if episode.is_episode(row)})
    found: dict[str, int] = {}
    for chunk in _chunks(keys) if upto else ():
        query = Select(
            "match",
            In("soc.match.key", chunk, cased=True),
            ("soc.match.key", "soc.count"),
            window=Window({}, upto),
            latest_by="soc.match.key",
        )
        batches = context.engine.select(query)
        stored = [row for batch in batches for row in batch.to_pylist()]
        found |= {row["soc.match.key"]: row["soc.count"] or 0 for row in stored}
    return found


def silences(context: Context) -> Silences:
    """What is hidden now: suppressions in force, and our own scanners.

    Scanners are sources of that type by their prefixes, and networks that the settings name.

    Raises:
        ConfigError: a network of the settings is none.
    """
    from detections._rules import SigmaSettings
    from soc.net import Lookup, network

    named = context.config.plugin("detections.sigma", SigmaSettings).scanners

    scanners = context.store.records.find("source", Equals("type", "scanner"))
    kept = [s for s in cast("Iterator[Source]", scanners) if s.state != "retired"]
    pairs = [(network(prefix), source.name) for source in kept for prefix in source.prefixes]
    try:
        pairs += [(network(prefix), "settings") for prefix in named]
    except InputError as error:
        raise ConfigError(f"detections.sigma.scanners: {error}") from error
    return compiled(list(_in_force(context)), Lookup(pairs))


def find(context: Context, named: str) -> Alert:
    """The alert of an id, a number, or an unambiguous end of one.

    Raises:
        InputError: none, or more than one.
    """
    records = context.store.records
    if exact := records.get("alert", named):
        return cast("Alert", exact)
    found = [a for a in _alerts(context) if named and (a.no or a.id).endswith(named)]
    if len(found) != 1:
        what = "no such alert" if not found else f"{len(found)} alerts end so"
        raise InputError(f"alert {named!r}: {what}; see `soc alerts list`")
    return found[0]


def acknowledge(context: Context, alert: Alert, reason: str) -> Alert:
    """Somebody looks after it.

    Raises:
        ScopeError: the actor may not judge.
    """
    demanded("judge", context, "alert", alert.id, "acknowledge")
    login = context.actor.login
    changed = replace(alert, state="acknowledged", assignee=alert.assignee or login)
    return _apply(context, alert, changed, reason)


def assign(context: Context, alert: Alert, login: str, reason: str) -> Alert:
    """Somebody else looks after it.

    Raises:
        ScopeError: the actor may not judge.
    """
    demanded("judge", context, "alert", alert.id, "assign")
    return _apply(context, alert, replace(alert, assignee=login), reason)


def comment(context: Context, alert: Alert, remark: str) -> Alert:
    """A remark is kept with it.

    Raises:
        ScopeError: the actor may not judge.
    """
    demanded("judge", context, "alert", alert.id, "comment")
    entry = Comment(at=context.clock.now(), by=context.actor.login, text=remark)
    return _apply(context, alert, replace(alert, comments=(*alert.comments, entry)), remark)


def close(context: Context, alert: Alert, verdict: Judgement, reason: str) -> Alert:
    """It is judged.

    Raises:
        ScopeError: the actor may not judge.
    """
    context.actor.require(Alert.rights["closed"])
    judged = replace(
        alert,
        state="closed",
        verdict=verdict,
        judged_by=context.actor.login,
        judged_at=context.clock.now(),
        suppressed_by=None,
    )
    keep(context, alert.evidence, alert.id, alert.first_seen, alert.last_seen)
    return _apply(context, alert, judged, reason)


def suppress(context: Context, asked: Suppression) -> tuple[Suppression, int]:
    """The suppression is in force, and alerts that it fits are hidden; how many.

    Raises:
        ConfigError: no end, an end more than 90 days away or past, or it would hide everything.
        ScopeError: the actor may not judge.
    """
    context.actor.require(Alert.rights["closed"])
    now = context.clock.now()
    until = asked.expires_at
    if until is None or not now < until <= now + LIMIT:
        raise ConfigError(f"until: {until}: give a time after now, at most {LIMIT.days} days away")
    fits = tested(asked)
    hit = [alert for alert in _alerts(context, "open", "acknowledged") if fits(as_row(alert))]
    counted = replace(asked, hidden=sum(alert.count for alert in hit))
    changes = [Change(f"{asked.id}/new", counted, 0)]
    for alert in hit:
        hidden = replace(alert, state="suppressed", suppressed_by=asked.id)
        changes.append(_change(context, alert, hidden, asked.grounds))
    context.store.records.apply(changes)
    return counted, len(hit)


def suppression(
    context: Context,
    *,
    rule: str | None,
    entity: str | None,
    filter: str | None,
    reason: str,
    until: datetime | None,
    type: Sort = "silence",
) -> Suppression:
    """A suppression as it would be stored; nothing is stored yet."""
    now = context.clock.now()
    parts = (rule, entity, filter, now.isoformat())
    return Suppression(
        id=make_id(context.config.site.code, "suppression", *parts),
        state="active",
        at=now,
        author=context.actor.author(),
        reason=reason,
        type=type,
        rule=rule,
        entity=entity,
        filter=filter,
        owner=context.actor.login,
        grounds=reason,
        expires_at=until,
    )


def unsuppress(context: Context, named: str, reason: str) -> int:
    """The suppression is revoked and its alerts are back; how many.

    Raises:
        InputError: no such suppression in force.
        ScopeError: the actor may not judge.
    """
    context.actor.require(Alert.rights["closed"])
    found = context.store.records.get("suppression", named)
    if not isinstance(found, Suppression) or found.state != "active":
        raise InputError(f"suppression {named!r}: none in force is called so")
    return _end(context, found, "revoked", reason)


def expire(context: Context) -> int:
    """Suppressions whose time is over have ended and their alerts are back; how many ended."""
    now = context.clock.now()
    ended = [s for s in _in_force(context) if s.expires_at is None or s.expires_at <= now]
    reason = text("alerts.reason_expired", context.config.site.language)
    for entry in ended:
        _end(context, entry, "expired", reason)
    return len(ended)


def _end(context: Context, entry: Suppression, state: str, reason: str) -> int:
    """Its alerts are open again, but for those beside which another one was opened meanwhile."""
    hidden = [a for a in _alerts(context, "suppressed") if a.suppressed_by == entry.id]
    taken = {(a.rule, a.entity, a.origin) for a in _twins(context, hidden)}
    back = [a for a in hidden if (a.rule, a.entity, a.origin) not in taken]
    changes = [_change(context, entry, replace(entry, state=state), reason)]
    for alert in back:
        again = replace(alert, state="open", suppressed_by=None)
        changes.append(_change(context, alert, again, reason))
    context.store.records.apply(changes)
    return len(back)


def _twins(context: Context, hidden: Iterable[Alert]) -> Iterator[Alert]:
    rules = sorted({alert.rule for alert in hidden})
    if not rules:
        return iter(())
    return _alerts(context, "open", "acknowledged", where=In("rule", tuple(rules)))


def _changes(
    context: Context,
    found: Mapping[Key, Folding],
    standing: Mapping[Key, Alert],
    around: Surroundings,
    upto: Marks,
) -> Iterator[Change]:
    mark = ",".join(f"{origin}:{version}" for origin, version in sorted(upto.items()))
    for key, folding in found.items():
        alert = standing.get(key)
        after = grown(alert, folding, around) if alert else opened(key, folding, around)
        if not alert and context.store.records.get("alert", after.id):
            after = opened(key, folding, around, again=f"@{mark}")
        yield Change(f"{after.id}/fold/{mark}", after, alert.revision if alert else 0)


def _standing(context: Context, found: Mapping[Key, Folding]) -> dict[Key, Alert]:
    """The alerts that the matches go into: not closed, of the same rule, entity and origin."""
    entities: dict[str, set[str]] = {}
    for key in found:
        entities.setdefault(key.rule, set()).add(key.entity)
    standing: dict[Key, Alert] = {}
    for rule, named in entities.items():
        for chunk in _chunks(sorted(named)):
            where = All((Equals("rule", rule), In("entity", chunk, cased=True)))
            for alert in _alerts(context, "open", "acknowledged", "suppressed", where=where):
                key = Key(rule, alert.entity or "", alert.origin, alert.suppressed_by)
                if key in found:
                    standing.setdefault(key, alert)
    return standing


def _chunks(names: list[str]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(names), _CHUNK):
        yield tuple(names[start : start + _CHUNK])


def _hidden(context: Context, found: Mapping[Key, Folding], upto: Marks) -> Iterator[Change]:
    """Suppressions with what they hid counted; own scanners have no record to count in."""
    counts: dict[str, int] = {}
    for key, folding in found.items():
        if key.suppressed_by and not key.suppressed_by.startswith(SCANNER):
            counts[key.suppressed_by] = counts.get(key.suppressed_by, 0) + folding.count
    mark = ",".join(f"{origin}:{version}" for origin, version in sorted(upto.items()))
    now = context.clock.now()
    for name, count in counts.items():
        entry = context.store.records.get("suppression", name)
        if isinstance(entry, Suppression):
            after = replace(entry, hidden=entry.hidden + count, last_hidden_at=now, at=now)
            yield Change(f"{name}/hid/{mark}", after, entry.revision)


def _surroundings(context: Context, found: Iterable[Folding]) -> Surroundings:
    foldings = list(found)
    sources = sorted({name for folding in foldings for name in folding.sources})
    records = cast("Iterator[Source]", context.store.records.find("source"))
    return Surroundings(
        site=context.config.site.code,
        at=context.clock.now(),
        author=context.actor.author(),
        coverage=_coverage(context, foldings, sources),
        layers={source.name: (source.layer, source.team) for source in records},
        hidden_reason=text("alerts.reason_hidden", context.config.site.language),
        days=context.calendar.zone,
    )


def _coverage(
    context: Context, foldings: Sequence[Folding], sources: Iterable[str]
) -> dict[str, float]:
    """Coverage of each source over the span of its matches, in whole five minutes."""
    from soc.coverage import BIN_S, coverage

    found: dict[str, float] = {}
    for name in sources:
        spans = [(f.first[0], f.last) for f in foldings if name in f.sources]
        end = max(last for _, last in spans) + timedelta(seconds=BIN_S)
        first = max(min(start for start, _ in spans), end - _COVERED)
        start = first - timedelta(seconds=first.timestamp() % BIN_S)
        found[name] = coverage(context.engine, Period(start, end), (name,)).fraction
    return found


def _in_force(context: Context) -> Iterator[Suppression]:
    found = context.store.records.find("suppression", Equals("state", "active"))
    return cast("Iterator[Suppression]", found)


def _alerts(context: Context, *states: str, where: Where | None = None) -> Iterator[Alert]:
    parts: list[Where] = [In("state", states)] if states else []
    parts += [where] if where else []
    return cast("Iterator[Alert]", context.store.records.find("alert", All(tuple(parts))))


def listed(context: Context, states: Iterable[str] = (), limit: int | None = None) -> list[Alert]:
    """Alerts, the most severe and latest first; without states those that are not closed."""
    wanted = tuple(states)
    where = In("state", wanted) if wanted else Not(Equals("state", "closed"))
    found = sorted(_alerts(context, where=where), key=_urgency, reverse=True)
    return found[:limit]


def _urgency(alert: Alert) -> tuple[int, datetime, str]:
    return severity(alert), alert.last_seen, alert.id


def severity(alert: Alert) -> int:
    """1 (informational) to 5 (critical)."""
    levels = ("informational", "low", "medium", "high", "critical")
    return levels.index(alert.severity) + 1


def _apply(context: Context, before: Alert, after: Alert, reason: str) -> Alert:
    context.store.records.apply([_change(context, before, after, reason)])
    return cast("Alert", context.store.records.get("alert", before.id))


def _change(context: Context, before: Record, after: Record, reason: str) -> Change:
    signed = replace(after, at=context.clock.now(), author=context.actor.author(), reason=reason)
    return Change(f"{before.id}/{before.revision + 1}", signed, before.revision)


def suppressions(context: Context) -> list[Suppression]:
    """Every suppression, those in force first, then by its end."""
    found = cast("Iterator[Suppression]", context.store.records.find("suppression"))
    return sorted(found, key=lambda s: (s.state != "active", str(s.expires_at), s.id))

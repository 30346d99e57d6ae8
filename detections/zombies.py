"""僵尸系统: which systems of the ledger nobody uses any more, and what that rests on.

A verdict is never an order: 僵尸 asks the unit to confirm. Missing data is never silence.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, cast

from detections import _zombies_alarm
from detections._zombies_facts import Judgement, SystemFacts
from detections._zombies_gather import facts_of_all
from detections._zombies_judge import evaluate as evaluate
from detections._zombies_settings import RULE_SET, ZombieSettings
from detections._zombies_settle import Previous, frozen, frozen_units, move, settled
from detections._zombies_store import change, previous, standing
from detections._zombies_view import LEAST_COMPLETE, completeness
from soc.errors import InputError, ScopeError
from soc.jobs import Outcome
from soc.records.system import Declaration, System, normalised
from soc.records.verdict import Verdict
from soc.store import Change

if TYPE_CHECKING:
    from detections import ZombieParams
    from soc.context import Context
    from soc.records.unit import Unit

log = logging.getLogger(__name__)

PATTERNS = ("standby", "annual", "seasonal")
LONGEST = timedelta(days=366)  # of a declaration
_ORDER = (
    "answering",
    "zombie",
    "lost",
    "suspected",
    "unverified",
    "shadow",
    "active",
    "unscored",
)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One system on its way from facts to verdict."""

    facts: SystemFacts
    judged: Judgement
    before: Verdict | None
    previous: Previous | None


def evaluate_all(params: ZombieParams, context: Context) -> Outcome:
    """Judge every system, and what answers without being registered; store what has changed.

    Raises:
        ScopeError: a unit's mass change is accepted by who may not judge.
    """
    from detections.shadow import evaluate_all as shadows

    today = context.calendar.date_of(context.clock.now())
    settings = context.config.plugin("detections.zombies", ZombieSettings)
    accepted = _accepted(params.accept, context)
    found = list(_evaluated(today, params.origins, settings, context))
    moves = [move(one.facts.unit, one.previous, one.judged) for one in found]
    units = frozen_units(moves, settings)
    units = {unit: count for unit, count in units.items() if unit not in accepted}
    final = [(one, _final(one, units, today)) for one in found]
    changes = [change(one.facts, judged, one.before, context) for one, judged in final]
    context.store.records.apply([each for each in changes if each is not None])
    _zombies_alarm.raise_all(units, unit_names(context), today, context)
    shadow = shadows(params.origins, context)
    counts = Counter(judged.category for _, judged in final)
    value = {
        "systems": len(final),
        "changed": sum(each is not None for each in changes),
        "frozen_units": sorted(str(unit) for unit in units),
        **{name: counts.get(cast("Any", name), 0) for name in _ORDER if name != "shadow"},
        "shadow": shadow,
    }
    log.info("systems judged", extra={"soc.counts": dict(counts), "soc.shadow": shadow})
    numbers = {name: n for name, n in value.items() if isinstance(n, int)}
    return Outcome("done", numbers, coverage=_coverage(final), value=value)


def _evaluated(
    today: date, origins: tuple[str, ...], settings: ZombieSettings, context: Context
) -> Iterator[Evaluated]:
    stored = standing(context)
    for facts in facts_of_all(today, origins, settings, context):
        before = stored.get(facts.id)
        judged = evaluate(facts, settings, today)
        yield Evaluated(facts, judged, before, previous(before, context))


def _final(one: Evaluated, units: Mapping[str | None, int], today: date) -> Judgement:
    if one.facts.unit in units:
        return frozen(one.judged, one.previous)
    return settled(one.judged, one.previous, today)


def _coverage(final: Sequence[tuple[Evaluated, Judgement]]) -> float | None:
    """Mean coverage of the observed days, over the systems that were scored."""
    shares = [j.window.coverage for _, j in final if j.window and j.category != "unscored"]
    return min(1.0, sum(shares) / len(shares)) if shares else None


def _accepted(names: Sequence[str], context: Context) -> set[str | None]:
    """Ids of the units named.

    Raises:
        InputError: no such unit.
        ScopeError: the actor may not judge.
    """
    if not names:
        return set()
    try:
        context.actor.require("judge")
    except ScopeError as error:
        _refused(error, " ".join(names), "accept", context)
        raise
    units = unit_names(context)
    ids = {name: id for id, name in units.items()} | {id: id for id in units}
    for name in names:
        if name not in ids:
            raise InputError(f"--accept {name}: no such unit; see soc units list")
    return {ids[name] for name in names}


def _refused(error: ScopeError, id: str, action: str, context: Context) -> None:
    author, now = context.actor.author(), context.clock.now()
    context.store.audit.refused(error, author, "verdict", id, action, now)


def unit_names(context: Context) -> dict[str, str]:
    """Names of all units by id."""
    found = cast("Iterator[Unit]", context.store.records.find("unit"))
    return {unit.id: unit.name for unit in found}


def system_names(context: Context) -> dict[str, str]:
    """Names of all systems by id."""
    found = cast("Iterator[System]", context.store.records.find("system"))
    return {system.id: system.name for system in found}


def listed(context: Context, classes: Sequence[str] = ()) -> list[Verdict]:
    """Verdicts of these classes, the worst first; without classes all that ask for something.

    Raises:
        InputError: no such class.
    """
    for name in classes:
        if name not in Verdict.states:
            raise InputError(f"--class {name!r}: use one of {', '.join(_ORDER)}")
    wanted = set(classes) or {name for name in _ORDER if name not in ("active", "unscored")}
    return sorted((v for v in standing(context).values() if v.state in wanted), key=_rank)


def _rank(verdict: Verdict) -> tuple[int, bool, float, str]:
    """Worst first; what rests on less than half of the data comes after what is known."""
    known = completeness(verdict)
    is_vague = known is not None and known < LEAST_COMPLETE
    score = verdict.score or 0
    return _ORDER.index(verdict.state), is_vague, -score, verdict.subject


def find_system(context: Context, named: str) -> System:
    """The system of an id, or of a name that only one has.

    Raises:
        InputError: none, or more than one.
    """
    records = context.store.records
    if exact := records.get("system", named):
        return cast("System", exact)
    systems = cast("Iterator[System]", records.find("system"))
    wanted = normalised(named)
    found = [s for s in systems if wanted in {normalised(n) for n in _names(s)}]
    if len(found) != 1:
        what = "no such system" if not found else f"{len(found)} systems have that name"
        raise InputError(f"system {named!r}: {what}; give its id, see soc zombies list")
    return found[0]


def _names(system: System) -> list[str]:
    return [system.name, *(alias.name for alias in system.aliases)]


def find(context: Context, named: str) -> Verdict:
    """The verdict on a system, by its id or name.

    Raises:
        InputError: no such system, or it was never evaluated.
    """
    system = find_system(context, named)
    id = Verdict.key(context.config.site.code, RULE_SET, system.id)
    found = context.store.records.get("verdict", id)
    if found is None:
        raise InputError(f"system {named!r}: was never evaluated; run soc zombies evaluate")
    return cast("Verdict", found)


def declare(context: Context, named: str, pattern: str, until: date, reason: str) -> System:
    """The system with a declaration why it is kept although it looks dead, for a year at most.

    Raises:
        ScopeError: the actor may not approve.
        InputError: no such system or pattern, an end that has passed or is too far, or no reason.
    """
    system = find_system(context, named)
    try:
        context.actor.require("approve")
    except ScopeError as error:
        _refused(error, system.id, "declare", context)
        raise
    _check(pattern, until, reason, context.calendar.date_of(context.clock.now()))
    actor = context.actor
    declared = replace(
        system,
        declaration=Declaration(
            pattern=cast("Any", pattern), approver=actor.person or actor.login, until=until
        ),
        at=context.clock.now(),
        author=actor.author(),
        reason=reason,
    )
    change_id = f"{system.id}:{system.revision + 1}"
    context.store.records.apply([Change(change_id, declared, expected=system.revision)])
    return declared


def _check(pattern: str, until: date, reason: str, today: date) -> None:
    if pattern not in PATTERNS:
        raise InputError(f"--pattern {pattern!r}: use one of {', '.join(PATTERNS)}")
    if not today < until <= today + LONGEST:
        raise InputError(f"--until {until}: must lie after {today}, and within 12 months of it")
    if not reason.strip():
        raise InputError("--reason: is empty; say why the system is kept")


def declaration_view(system: System) -> dict[str, Any]:
    """What was declared."""
    declared = system.declaration
    if declared is None:
        return {"system": system.name, "system_id": system.id}
    return {
        "system": system.name,
        "system_id": system.id,
        "pattern": declared.pattern,
        "until": declared.until.isoformat(),
        "approver": declared.approver,
        "reason": system.reason,
    }


def history(context: Context, verdict: Verdict) -> list[Verdict]:
    """Every revision of a verdict, oldest first."""
    return cast("list[Verdict]", context.store.records.history("verdict", verdict.id))

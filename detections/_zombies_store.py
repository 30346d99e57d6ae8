"""Verdicts as records: what is stored, what stands, and when it has changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, cast

from detections._zombies_facts import Class, Judgement, Line, SystemFacts
from detections._zombies_settings import RULE_SET, RULE_VERSION
from detections._zombies_settle import Previous
from soc.records._parts import Span
from soc.records.verdict import FamilyScore, Signal, Verdict
from soc.store import Change
from soc.text import text
from soc.where import Equals

if TYPE_CHECKING:
    from soc.context import Context


def standing(context: Context, rule_set: str = RULE_SET) -> dict[str, Verdict]:
    """Every verdict of the rule set, by subject."""
    found = context.store.records.find("verdict", Equals("rule_set", rule_set, cased=True))
    return {verdict.subject: verdict for verdict in cast("Iterator[Verdict]", found)}


def previous(verdict: Verdict | None, context: Context) -> Previous | None:
    """What the stored verdict says to the next one; a new rule version begins anew."""
    if verdict is None or verdict.rule_version != RULE_VERSION:
        return None
    on = context.calendar.date_of(verdict.at)
    since = context.calendar.date_of(verdict.since) if verdict.since else on
    candidate = cast("Class | None", verdict.candidate)
    return Previous(cast("Class", verdict.state), since, on, candidate)


def change(
    facts: SystemFacts, judged: Judgement, before: Verdict | None, context: Context
) -> Change | None:
    """The new revision; None where the verdict is what it was, for the same reasons."""
    after = record(facts, judged, before, context)
    if before is not None and _essence(after) == _essence(before):
        return None
    revision = before.revision if before else 0
    return Change(f"{after.id}:{revision + 1}", after, expected=revision)


def _essence(verdict: Verdict) -> tuple[object, ...]:
    """What makes a verdict another one: days pass and counts grow without that."""
    return (
        verdict.state,
        verdict.score,
        verdict.candidate,
        verdict.capped_by,
        verdict.is_frozen,
        verdict.missing,
        verdict.unit,
        verdict.rule_version,
        tuple((signal.rule, signal.points) for signal in verdict.signals),
    )


def record(
    facts: SystemFacts, judged: Judgement, before: Verdict | None, context: Context
) -> Verdict:
    """The verdict with all that it rests on."""
    now = context.clock.now()
    made = Verdict(
        id=Verdict.key(context.config.site.code, RULE_SET, facts.id),
        state=judged.category,
        at=now,
        author=context.actor.author(),
        rule_set=RULE_SET,
        rule_version=RULE_VERSION,
        subject=facts.id,
        unit=facts.unit,
        system=facts.id,
        score=judged.score if judged.shares else None,
        families=tuple(
            FamilyScore(family=s.family, points=s.points, cap=s.cap, coverage=round(s.coverage, 3))
            for s in judged.shares
        ),
        signals=tuple(_signal(line, judged, context) for line in judged.lines),
        window=_span(judged, context),
        observed_days=judged.window.observed if judged.window else None,
        removed=_removed(judged, context),
        missing=judged.missing,
        is_frozen=judged.is_frozen,
        since=_since(judged, before, now),
        candidate=judged.candidate,
        capped_by=judged.capped_by,
        evidence=judged.scans,
    )
    return replace(made, confirmed=before.confirmed) if before else made


def _since(judged: Judgement, before: Verdict | None, now: datetime) -> datetime:
    if before is not None and before.state == judged.category:
        return before.since or before.at
    return now


def _signal(line: Line, judged: Judgement, context: Context) -> Signal:
    coverage: Mapping[str, float] = {s.family: s.coverage for s in judged.shares}
    return Signal(
        family=line.family,
        rule=line.rule,
        value=line.value,
        threshold=line.threshold,
        points=line.points,
        period=_span(judged, context) if line.family == "passive" else None,
        coverage=round(coverage[line.family], 3) if line.family in coverage else None,
        source=line.source,
    )


def _span(judged: Judgement, context: Context) -> Span | None:
    window = judged.window
    if window is None:
        return None
    period = context.calendar.days(window.first, window.last)
    return Span(start=period.start, end=period.end)


def _removed(judged: Judgement, context: Context) -> tuple[str, ...]:
    use, language = judged.use, context.config.site.language
    if use is None or not use.flows:
        return ()
    others = dict(use.taken)
    whys = {"scanners": use.removed - sum(others.values()), **others}
    said = (
        text(f"zombies.why_removed.{why}", language, count=f"{count:,}")
        for why, count in whys.items()
        if count
    )
    told = {"flows": f"{use.flows:,}", "removed": f"{use.removed:,}"}
    kind = "removed" if use.removed else "removed_none"
    joined = text("zombies.comma", language).join(said)
    return (text(f"zombies.{kind}", language, whys=joined, **told),)

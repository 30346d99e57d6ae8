"""Verdicts as people and programs see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from soc.query import Period
from soc.records.verdict import Signal, Verdict
from soc.text import Language, label, text

if TYPE_CHECKING:
    from soc.calendar import Calendar
    from soc.records._parts import Span

LEAST_COMPLETE = 0.5  # below that a score is not ranked
COLUMNS = ("class", "score", "system", "unit", "since", "completeness", "missing", "evidence")


def completeness(verdict: Verdict) -> float | None:
    """Mean coverage of the families, 0 to 1; None where nothing was scored."""
    shares = [min(1.0, f.coverage or 0.0) for f in verdict.families]
    return round(sum(shares) / len(shares), 3) if shares else None


def verdict_view(
    verdict: Verdict,
    systems: Mapping[str, str],
    units: Mapping[str, str],
    language: Language,
) -> dict[str, Any]:
    """One line of the list."""
    return {
        "id": verdict.id,
        "class": verdict.state,
        "score": _number(verdict.score),
        "system": systems.get(verdict.system or "", verdict.subject),
        "system_id": verdict.system,
        "unit": units.get(verdict.unit or "", verdict.unit),
        "since": verdict.since.isoformat() if verdict.since else None,
        "evidence": [sentence(signal, language) for signal in verdict.signals],
        "coverage": {family.family: family.coverage for family in verdict.families},
        "completeness": completeness(verdict),
        "missing": list(verdict.missing),
        "frozen": verdict.is_frozen,
        "candidate": verdict.candidate,
        "capped_by": verdict.capped_by,
    }


def sentence(signal: Signal, language: Language) -> str:
    """The signal in one sentence."""
    pattern = label(f"zombies.rule.{signal.rule}", language)
    value = text("zombies.nothing", language) if signal.value == "-" else signal.value
    return pattern.format_map({"value": value, "points": f"{signal.points:+g}"})


def _number(value: float | None) -> float | int | None:
    return int(value) if value is not None and value == int(value) else value


def verdict_details(
    verdict: Verdict,
    history: list[Verdict],
    systems: Mapping[str, str],
    units: Mapping[str, str],
    language: Language,
    calendar: Calendar,
) -> dict[str, Any]:
    """Everything that the verdict rests on, enough to write it to the unit again."""
    return verdict_view(verdict, systems, units, language) | {
        "families": [
            {
                "family": f.family,
                "points": _number(f.points),
                "cap": _number(f.cap),
                "coverage": f.coverage,
            }
            for f in verdict.families
        ],
        "signals": [_signal(signal, calendar) for signal in verdict.signals],
        "window": _days(verdict.window, calendar),
        "observed_days": verdict.observed_days,
        "removed_flows": list(verdict.removed),
        "rule_version": verdict.rule_version,
        "scans": list(verdict.evidence),
        "confirmed": verdict.confirmed,
        "history": [
            {"at": each.at.isoformat(), "class": each.state, "score": _number(each.score)}
            for each in history
        ],
        "revision": verdict.revision,
    }


def _signal(signal: Signal, calendar: Calendar) -> dict[str, Any]:
    days: Mapping[str, str | None] = _days(signal.period, calendar) or _NO_DAYS
    return {
        "family": signal.family,
        "rule": signal.rule,
        "value": signal.value,
        "threshold": signal.threshold,
        "points": _number(signal.points),
        **days,
        "coverage": signal.coverage,
        "source": signal.source,
    }


_NO_DAYS: Mapping[str, str | None] = {"from": None, "to": None}


def _days(span: Span | None, calendar: Calendar) -> dict[str, str] | None:
    """First and last day of a span, both included."""
    if span is None or span.end is None:
        return None
    days = calendar.dates(Period(span.start, span.end))
    return {"from": days[0].isoformat(), "to": days[-1].isoformat()}


def cell(name: str, value: Any, language: Language) -> object:
    """A value of the list as people read it."""
    if value is None:
        return ""
    if name in _WORDS:
        return text(f"zombies.{_WORDS[name]}.{value}", language)
    if name == "completeness":
        return f"{value:.0%}"
    if name == "since":
        return str(value)[:10]
    if name == "missing":
        return "; ".join(label(f"zombies.why.{each}", language) for each in value)
    if isinstance(value, dict):
        return _shares(value, language) if name == "coverage" else " – ".join(value.values())
    return "; ".join(map(str, value)) if isinstance(value, list) else value


_WORDS = {"class": "state", "candidate": "state", "capped_by": "cap"}  # name -> its labels


def _shares(value: Mapping[str, float | None], language: Language) -> str:
    told = ((text(f"zombies.family.{key}", language), each) for key, each in value.items())
    return ", ".join(f"{key} {each:.0%}" for key, each in told if each is not None)

"""Verdicts as people and programs see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from soc.records.verdict import Signal, Verdict
from soc.text import Language, label, text

LEAST_COMPLETE = 0.5  # below that a score is not ranked
COLUMNS = ("class", "score", "system", "unit", "since", "completeness", "evidence")


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
        "score": verdict.score,
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
    return pattern.format_map({"value": signal.value, "points": f"{signal.points:+g}"})


def verdict_details(
    verdict: Verdict,
    history: list[Verdict],
    systems: Mapping[str, str],
    units: Mapping[str, str],
    language: Language,
) -> dict[str, Any]:
    """Everything that the verdict rests on, enough to write it to the unit again."""
    return verdict_view(verdict, systems, units, language) | {
        "families": [
            {"family": f.family, "points": f.points, "cap": f.cap, "coverage": f.coverage}
            for f in verdict.families
        ],
        "signals": [_signal(signal) for signal in verdict.signals],
        "window": _span(verdict),
        "observed_days": verdict.observed_days,
        "removed_flows": list(verdict.removed),
        "rule_version": verdict.rule_version,
        "scans": list(verdict.evidence),
        "confirmed": verdict.confirmed,
        "history": [
            {"at": each.at.isoformat(), "class": each.state, "score": each.score}
            for each in history
        ],
        "revision": verdict.revision,
    }


def _signal(signal: Signal) -> dict[str, Any]:
    period = signal.period
    return {
        "family": signal.family,
        "rule": signal.rule,
        "value": signal.value,
        "threshold": signal.threshold,
        "points": signal.points,
        "from": period.start.isoformat() if period else None,
        "to": period.end.isoformat() if period and period.end else None,
        "coverage": signal.coverage,
        "source": signal.source,
    }


def _span(verdict: Verdict) -> dict[str, str] | None:
    window = verdict.window
    if window is None or window.end is None:
        return None
    return {"from": window.start.isoformat(), "to": window.end.isoformat()}


def cell(name: str, value: Any, language: Language) -> object:
    """A value of the list as people read it."""
    if name == "class":
        return text(f"zombies.state.{value}", language)
    if name in ("completeness",) and value is not None:
        return f"{value:.0%}"
    if name == "since" and value:
        return str(value)[:10]
    if name == "missing":
        return "; ".join(label(f"zombies.why.{each}", language) for each in value)
    if name == "capped_by" and value:
        return label(f"zombies.cap.{value}", language)
    if isinstance(value, dict):
        return ", ".join(f"{key} {share}" for key, share in value.items())
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return "" if value is None else value

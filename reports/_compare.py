"""How a number compares with the one before, said so that it does not mislead.

A base of 0 or under 20 prints the difference, not a percentage; shares are compared in
percentage points; without data before there is nothing to compare.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reports._model import Figure, Trend
from soc.metrics import Number, metric, name, spoken
from soc.metrics._shown import written
from soc.text import Language, text

SMALL_BASE = 20  # below it a percentage says more than the numbers do

Kind = Literal["percent", "difference", "points", "level", "unknown"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The change from the period before; ``amount`` is a share, a count or bytes, signed."""

    kind: Kind
    amount: float = 0.0


def compare(now: Number, before: Number) -> Comparison:
    """The change from ``before`` to ``now``, both of one metric."""
    if now.value is None or before.value is None or not before.coverage:
        return Comparison("unknown")
    change = now.value - before.value
    if change == 0:
        return Comparison("level")
    unit = metric(now.metric).unit
    if unit == "share":
        return Comparison("points", change)
    if before.value < SMALL_BASE:
        return Comparison("difference", change)
    return Comparison("percent", change / before.value)


def told(comparison: Comparison, number: Number, language: Language) -> str:
    """The comparison in words: 较前一日上升12.5%."""
    if comparison.kind in ("level", "unknown"):
        return text(f"report.compare.{comparison.kind}", language)
    direction = "up" if comparison.amount > 0 else "down"
    return text(
        f"report.compare.{comparison.kind}_{direction}",
        language,
        amount=_amount(comparison, number, language),
    )


def _amount(comparison: Comparison, number: Number, language: Language) -> str:
    size = abs(comparison.amount)
    if comparison.kind == "percent":
        return f"{100 * size:.1f}%"
    if comparison.kind == "points":
        return f"{100 * size:.1f}"
    unit = metric(number.metric).unit
    return written(size, unit, language) + text(f"metrics.unit.{unit}", language)


def trend(comparison: Comparison, metric_id: str) -> Trend:
    """Whether the change is good news; colour follows it, the arrow follows the number."""
    if comparison.kind == "unknown":
        return "unknown"
    good = metric(metric_id).good
    if comparison.kind == "level" or good == "neutral":
        return "flat"
    return "good" if (comparison.amount > 0) == (good == "up") else "bad"


def card(now: Number, before: Number | None, note: str, language: Language) -> Figure:
    """A card; ``before`` None: ``note`` stands where the comparison would."""
    title = name(now.metric, language)
    if before is None:
        return Figure(title, now, note)
    comparison = compare(now, before)
    arrow: Literal["▲", "▼", "–", ""] = "" if comparison.kind == "unknown" else "–"
    if comparison.amount:
        arrow = "▲" if comparison.amount > 0 else "▼"
    words = told(comparison, now, language)
    return Figure(title, now, words, arrow, trend(comparison, now.metric))


def with_comparison(now: Number, before: Number, language: Language) -> str:
    """The number as it stands in a sentence, the comparison in brackets behind it."""
    said = told(compare(now, before), now, language)
    return text("report.compare.aside", language, number=spoken(now, language), comparison=said)

"""Every number that people see: what it counts, by which rule, from which sources.

A subject is a module of this package and offers ``METRICS``. A figure is asked for by id and
comes back as a ``Number``, which carries the coverage of its sources and how far the log was
read. Texts are in the catalogue: ``metrics.<id>.name`` and ``metrics.<id>.rule``.
"""

from __future__ import annotations

import inspect
from functools import cache
from typing import TYPE_CHECKING

from soc import plugins
from soc.errors import ConfigError
from soc.metrics._number import Good, Metric, Number, Question, Unit
from soc.metrics._shown import rounded, shown, spoken
from soc.text import Language, text

if TYPE_CHECKING:
    from datetime import datetime

    from soc.context import Context
    from soc.query import Period

__all__ = [
    "COUNTED",
    "Good",
    "Metric",
    "Number",
    "Question",
    "Unit",
    "breakdown",
    "compute",
    "metric",
    "metrics",
    "name",
    "number",
    "question",
    "rounded",
    "rule",
    "shown",
    "spoken",
]

COUNTED = ("live", "imported")  # origins of events that attack figures count


@cache
def metrics() -> dict[str, Metric]:
    """All metrics by id, in the order of their subjects."""
    found: dict[str, Metric] = {}
    for subject in plugins.names("soc.metrics"):
        for each in plugins.load("soc.metrics", subject).METRICS:
            if each.id in found:
                raise AssertionError(f"soc.metrics.{subject}: {each.id} stands twice")
            found[each.id] = each
    return found


def metric(metric_id: str) -> Metric:
    """The metric of an id.

    Raises:
        ConfigError: no such metric.
    """
    try:
        return metrics()[metric_id]
    except KeyError:
        known = ", ".join(metrics())
        raise ConfigError(f"metric: {metric_id!r} is not known; one of {known}") from None


def question(
    period: Period,
    context: Context,
    as_of: datetime | None = None,
    origins: tuple[str, ...] = COUNTED,
    subject: str | None = None,
) -> Question:
    """What numbers of one period are asked with; they share what they have read.

    Args:
        as_of: rows that were stored later are left out, and records are read as of then;
            None: everything.
        origins: which events count; a demonstration counts ``simulated``.
        subject: id of the drill that numbers of drills are about; None: every drill.
    """
    return Question(period, context, as_of, origins, subject)


def number(metric_id: str, asked: Question) -> Number:
    """The number of a metric; None where nothing can be said: nought of no data is not zero."""
    found = metric(metric_id)
    value, coverage = found.measure(asked), found.coverage(asked)
    if found.datasets and not value and not coverage:
        value = None
    return Number(metric_id, value, coverage, asked.period, asked.watermark(found))


def breakdown(metric_id: str, by: str, asked: Question) -> list[Number]:
    """The number by member (``source``, ``unit``, ``hour`` …), largest first, then by name.

    Raises:
        ConfigError: the metric is not broken down that way.
    """
    found = metric(metric_id)
    if by not in found.parts:
        offered = ", ".join(found.parts) or "nothing"
        raise ConfigError(f"metric {metric_id}: by {by!r} is not offered; {offered} is")
    coverage, watermark = found.coverage(asked), asked.watermark(found)
    parts = found.parts[by](asked)
    return [
        Number(metric_id, parts[member], coverage, asked.period, watermark, member)
        for member in sorted(parts, key=lambda member: (-parts[member], member))
    ]


def compute(
    metric_id: str,
    period: Period,
    context: Context,
    as_of: datetime | None = None,
    origins: tuple[str, ...] = COUNTED,
    subject: str | None = None,
) -> Number:
    """One number of one period, asked for alone.

    Raises:
        ConfigError: no such metric.
    """
    return number(metric_id, question(period, context, as_of, origins, subject))


def name(metric_id: str, language: Language) -> str:
    """What the metric is called; the id where the catalogue has no name."""
    try:
        return text(f"metrics.{metric_id}.name", language)
    except KeyError:
        return metric_id


def rule(metric_id: str, language: Language) -> str:
    """How it is counted, in one sentence; else what its measure says of itself."""
    try:
        return text(f"metrics.{metric_id}.rule", language)
    except KeyError:
        return (inspect.getdoc(metric(metric_id).measure) or "").partition("\n")[0]

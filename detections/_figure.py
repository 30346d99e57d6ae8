"""Figures that people count: stored with their evidence, and audited."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from detections import _match
from soc import schema
from soc.batch import Batch
from soc.errors import InputError
from soc.metrics import metrics
from soc.metrics.figures import DIMENSIONS, MANUAL, Figure, key
from soc.readable import readable
from soc.rights import demanded

if TYPE_CHECKING:
    from soc.context import Context

_OWN = re.compile(r"own_[a-z0-9_]{1,40}")  # what a site counts beside our metrics


def counted_by_hand(
    context: Context,
    metric: str,
    day: date,
    value: float,
    evidence: Sequence[str],
    dimension: str = "all",
    member: str | None = None,
) -> Figure:
    """The figure as it stands from now on for its day; an earlier count by hand is replaced.

    Raises:
        InputError: no evidence, a day that has not come, a value that is no count, or a metric
            or dimension that is not known.
        ScopeError: the actor may not judge.
    """
    demanded("judge", context, "figure", metric, "set")
    figure = Figure(
        metric=metric,
        day=day,
        dimension=dimension,
        member=member,
        value=value,
        coverage=None,
        rule=None,
        is_manual=True,
        evidence=tuple(text.strip() for text in evidence if text.strip()),
    )
    _check(figure, context)
    _store(figure, context)
    readable(("figure",), context)
    return figure


def _check(figure: Figure, context: Context) -> None:
    if figure.metric not in metrics() and not _OWN.fullmatch(figure.metric):
        known = ", ".join(sorted(metrics()))
        raise InputError(
            f"metric {figure.metric!r}: is not known: one of your own begins with own_, else use "
            f"one of {known}"
        )
    if not figure.evidence:
        raise InputError("--evidence: is empty: say what the count rests on")
    if figure.value is None or not math.isfinite(figure.value) or figure.value < 0:
        raise InputError(f"--value: {figure.value}: write a number from 0 on")
    if figure.day > context.calendar.date_of(context.clock.now()):
        raise InputError(f"--day: {figure.day}: has not come yet: write a day up to today")
    if figure.dimension not in DIMENSIONS:
        raise InputError(f"--by: {figure.dimension!r}: use one of {', '.join(DIMENSIONS)}")
    if (figure.dimension == "all") != (figure.member is None):
        raise InputError("--member: goes with --by unit, layer or team: give both or neither")


def _store(figure: Figure, context: Context) -> None:
    import pyarrow as pa

    day = figure.day.isoformat()
    source = _match.source_key("figure", MANUAL)
    row: dict[str, Any] = {
        "@timestamp": context.calendar.day(figure.day).start,
        "soc.record": context.store.log.position(source, "figure") + 1,
        "event.module": "figure",
        "soc.origin": MANUAL,
        "soc.figure.key": key(figure.metric, figure.day, figure.dimension, figure.member, MANUAL),
        "soc.figure.metric": figure.metric,
        "soc.figure.day": day,
        "soc.figure.dimension": figure.dimension,
        "soc.figure.member": figure.member,
        "soc.figure.value": figure.value,
        "soc.figure.evidence": list(figure.evidence),
    }
    known = schema.arrow("figure")
    types = pa.schema([known.field(name) for name in known.names if name in row])
    batch = pa.RecordBatch.from_pylist([row], schema=types)
    context.store.log.append([Batch(source, "figure", batch)])
    context.store.audit.append(
        {
            "kind": "figure",
            "id": row["soc.figure.key"],
            "action": "set",
            **asdict(context.actor.author()),
            "at": context.clock.now(),
            "value": figure.value,
            "evidence": list(figure.evidence),
        }
    )


def view(figure: Figure) -> dict[str, Any]:
    """A figure as the command line prints it; keys are stable."""
    return {
        "metric": figure.metric,
        "day": figure.day.isoformat(),
        "by": figure.dimension,
        "member": figure.member,
        "value": figure.value,
        "coverage": figure.coverage,
        "manual": figure.is_manual,
        "rule": figure.rule,
        "evidence": list(figure.evidence),
    }


COLUMNS = ("day", "metric", "by", "member", "value", "coverage", "manual", "evidence")

"""Events in, conclusions out: matches, alerts, verdicts.

Sigma rules are files under ``rules/``; an analytic is a module under ``analytics/``. Both end
as rows of the dataset ``match``, which ``detections/alerts.py`` folds into alert records.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from soc.jobs import Job, Outcome, Params

if TYPE_CHECKING:
    from soc.context import Context


def _detect(params: Params, context: Context) -> Outcome:
    from detections._run import detect

    return detect(params, context)


def _overdue(params: Params, context: Context) -> Outcome:
    from detections._run import overdue

    return overdue(params, context)


class RollupParams(Params):
    """Parameters of ``rollup``."""

    origins: tuple[Literal["live", "imported", "simulated"], ...] = Field(
        default=("live", "imported"), min_length=1, description="Origins of the events that count"
    )
    since: dt.date | None = Field(
        default=None, description="Make every day again from then on; none: what changed"
    )


def _rollup(params: RollupParams, context: Context) -> Outcome:
    from detections._rollup import rollup

    return rollup(params, context)


class ZombieParams(Params):
    """Parameters of ``zombies``."""

    origins: tuple[str, ...] = ("live", "imported")  # of the daily facts that count
    accept: tuple[str, ...] = ()  # units (id or name) whose many changes a person has checked


def _zombies(params: ZombieParams, context: Context) -> Outcome:
    from detections.zombies import evaluate_all

    return evaluate_all(params, context)


JOBS: tuple[Job, ...] = (
    Job("detect", _detect, lock="detect"),
    Job("overdue", _overdue, lock="overdue"),
    Job("rollup", _rollup, RollupParams, lock="rollup"),
    Job("zombies", _zombies, ZombieParams, lock="zombies", lease_s=1_800.0),
)

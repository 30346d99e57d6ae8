"""Events in, conclusions out: matches, alerts, verdicts.

Sigma rules are files under ``rules/``; an analytic is a module under ``analytics/``. Both end
as rows of the dataset ``match``, which ``detections/alerts.py`` folds into alert records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from soc.jobs import Job, Outcome, Params

if TYPE_CHECKING:
    from soc.context import Context


def _detect(params: Params, context: Context) -> Outcome:
    from detections._run import detect

    return detect(params, context)


JOBS: tuple[Job, ...] = (Job("detect", _detect, lock="detect"),)

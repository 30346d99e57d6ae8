"""Runs jobs by name: the lease, the run record, the errors that are told and not thrown."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from soc.config import validated
from soc.errors import ConfigError, Conflict, SocError
from soc.jobs import Job, Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from soc.context import Context
    from soc.store import Lease

log = logging.getLogger(__name__)


class JobRunner:
    """Implements ``soc.jobs.Runner`` over a fixed list of jobs."""

    def __init__(self, jobs: tuple[Job, ...]) -> None:
        self._jobs = {job.name: job for job in jobs}

    def names(self) -> list[str]:
        return sorted(self._jobs)

    def job(self, name: str) -> Job:
        """The job of that name.

        Raises:
            ConfigError: there is none.
        """
        if name not in self._jobs:
            raise ConfigError(f"job {name!r}: is not one of {', '.join(self.names())}")
        return self._jobs[name]

    def run(self, name: str, params: Mapping[str, Any], context: Context) -> Outcome:
        job = self.job(name)
        checked = validated(job.params, dict(params), place=f"job {name!r}")
        lease = _hold(job, context)
        started = context.clock.now()
        try:
            outcome = job.run(checked, context)
        except SocError as error:
            _leave(job, context, started, Outcome("failed", errors=(str(error),)))
            raise
        finally:
            if lease:
                context.store.records.release(lease)
        _leave(job, context, started, outcome)
        log.info("job ran", extra={"soc.job": name, "event.outcome": outcome.result})
        return outcome


def _hold(job: Job, context: Context) -> Lease | None:
    if job.lock is None:
        return None
    holder = f"{context.actor.host}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    lease = context.store.records.acquire(f"job:{job.lock}", holder, job.lease_s)
    if lease is None:
        raise Conflict(f"job {job.name!r}: is running elsewhere; wait for it to end")
    return lease


def _leave(job: Job, context: Context, started: datetime, outcome: Outcome) -> None:
    """Leave a ``run`` record: when, what came of it, what went wrong."""
    from soc.records import make_id
    from soc.records.run import Run
    from soc.store import Change

    ended = context.clock.now()
    run_id = make_id(
        context.config.site.code, "run", job.name, started.isoformat(), str(uuid.uuid4())
    )
    run = Run(
        id=run_id,
        state=outcome.result,
        at=ended,
        author=context.actor.author(),
        job=job.name,
        started_at=started,
        ended_at=ended,
        result=outcome.result,
        counts=dict(outcome.counts),
        coverage=outcome.coverage,
        errors=tuple(outcome.errors),
    )
    context.store.records.apply([Change(id=run_id, record=run, expected=0)])

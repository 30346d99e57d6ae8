"""The runs of jobs: a record each, and when the latest began as a mark that is read at once."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from soc.errors import Conflict
from soc.records import make_id
from soc.records.run import Run
from soc.store import Change

if TYPE_CHECKING:
    from soc.context import Context
    from soc.jobs import Job, Outcome

_BEGAN = "began_us"  # microseconds of UTC
_TRIES = 20  # several runs of a job without a lease may end at once


def last_run(job: str, context: Context) -> datetime | None:
    """When the job's latest run began; None if none has ended yet."""
    began = context.store.records.watermark(_reader(job)).get(_BEGAN)
    return None if began is None else datetime.fromtimestamp(began / 1e6, UTC)


def leave(job: Job, context: Context, started: datetime, outcome: Outcome) -> None:
    """Leave the record of a run: when, what came of it, what went wrong."""
    ended = context.clock.now()
    site = context.config.site.code
    run = Run(
        id=make_id(site, "run", job.name, started.isoformat(), str(uuid.uuid4())),
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
    _concluded(run, context)


def _concluded(run: Run, context: Context) -> None:
    records, reader = context.store.records, _reader(run.job)
    change = Change(id=run.id, record=run, expected=0)
    began = round(run.started_at.timestamp() * 1e6)
    for attempt in range(_TRIES):
        before = records.watermark(reader)
        after = {_BEGAN: max(began, before.get(_BEGAN, began))}
        try:
            records.conclude(reader, before, after, [change])
            return
        except Conflict:
            if attempt + 1 == _TRIES:
                raise


def _reader(job: str) -> str:
    return f"run {job}"

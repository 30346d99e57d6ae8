"""The runs of jobs: a record each, and as marks that are read at once when the latest began.

While a run goes on, marks say since when, and which process does it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from soc._runner_alive import Worker
from soc.errors import Conflict
from soc.records import make_id
from soc.records.run import Run
from soc.store import Change

if TYPE_CHECKING:
    from soc.context import Context
    from soc.jobs import Job, Outcome
    from soc.query import Marks

_BEGAN = "began_us"  # microseconds of UTC
_GOING = "going_us"  # of the run that has not ended
_TRIES = 20  # several runs of a job without a lease may end at once


def last_run(job: str, context: Context) -> datetime | None:
    """When the job's latest run began; None if none has ended yet."""
    began = context.store.records.watermark(_reader(job)).get(_BEGAN)
    return None if began is None else datetime.fromtimestamp(began / 1e6, UTC)


@dataclass(frozen=True, slots=True)
class Going:
    """A run that has not ended, as far as its process told."""

    since: datetime
    worker: Worker


def going(job: str, context: Context) -> Going | None:
    """The run of the job that goes on, or whose process ended without a word."""
    marks = context.store.records.watermark(_reader(job))
    worker = Worker.read(marks)
    if worker is None or _GOING not in marks:
        return None
    return Going(datetime.fromtimestamp(marks[_GOING] / 1e6, UTC), worker)


def begin(job: Job, context: Context, started: datetime, worker: Worker) -> None:
    """Write down that a run goes on, and who does it."""
    since = {_GOING: _us(started), **worker.marks()}
    _moved(job.name, context, lambda before: {**before, **since})


def leave(
    job: Job, context: Context, started: datetime, outcome: Outcome, worker: Worker | None = None
) -> None:
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
    began = _us(started)

    def after(before: Marks) -> Marks:
        is_mine = worker is not None and Worker.read(before) == worker
        kept = {k: v for k, v in before.items() if is_mine is False or k == _BEGAN}
        return {**kept, _BEGAN: max(began, before.get(_BEGAN, began))}

    _moved(job.name, context, after, [Change(id=run.id, record=run, expected=0)])


def _us(at: datetime) -> int:
    return round(at.timestamp() * 1e6)


def _moved(
    job: str,
    context: Context,
    after: Callable[[Marks], Marks],
    changes: Sequence[Change] = (),
) -> None:
    """Move the job's marks, again where somebody else moved them in between."""
    records, reader = context.store.records, _reader(job)
    for attempt in range(_TRIES):
        before = records.watermark(reader)
        try:
            records.conclude(reader, before, after(before), changes)
            return
        except Conflict:
            if attempt + 1 == _TRIES:
                raise


def _reader(job: str) -> str:
    return f"run {job}"

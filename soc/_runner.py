"""Runs jobs by name: the lease, the run record, the errors that are told and not thrown."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from soc._runner_alive import Worker
from soc.config import validated
from soc.errors import ConfigError, Conflict, SocError, StoreError
from soc.jobs import Job, Outcome, Params
from soc.store import Lease

if TYPE_CHECKING:
    from datetime import datetime

    from soc.context import Context
    from soc.store import Records

log = logging.getLogger(__name__)
_AGAIN_S = 5.0  # after a renewal that failed


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

    def run(
        self,
        name: str,
        params: Mapping[str, Any],
        context: Context,
        *,
        unless_since: datetime | None = None,
    ) -> Outcome:
        from soc._runner_history import last_run

        job = self.job(name)
        checked = validated(job.params, dict(params), place=f"job {name!r}")
        worker = Worker.here()
        with self._held(job, worker, context):
            if unless_since and (last := last_run(name, context)) and last >= unless_since:
                return Outcome("skipped")
            outcome = _run(job, checked, worker, context)
        log.info("job ran", extra={"soc.job": name, "event.outcome": outcome.result})
        return outcome

    @contextmanager
    def _held(self, job: Job, worker: Worker, context: Context) -> Iterator[None]:
        """The job's lease, from before the block to its end, however long that takes."""
        if job.lock is None:
            yield
            return
        records, name = context.store.records, f"job:{job.lock}"
        holder = worker.holder(context.actor.host)
        lease = records.acquire(name, holder, job.lease_s)
        if lease is None and self._is_freed(job.lock, name, context):
            lease = records.acquire(name, holder, job.lease_s)
        if lease is None:
            raise Conflict(f"job {job.name!r}: is running elsewhere; wait for it to end")
        try:
            with _renewing(lease, job.lease_s, records):
                yield
        finally:
            records.release(lease)

    def _is_freed(self, lock: str, name: str, context: Context) -> bool:
        """True where a process of this host that has died may have held the lease: not any more."""
        from soc._runner_history import going

        runs = (going(job.name, context) for job in self._jobs.values() if job.lock == lock)
        dead = [run.worker for run in runs if run is not None and run.worker.is_dead]
        for worker in dead:
            log.warning("lease of a process that is gone", extra={"process.pid": worker.pid})
            holder = worker.holder(context.actor.host)
            context.store.records.release(Lease(name, holder, context.clock.now()))
        return bool(dead)


def _run(job: Job, params: Params, worker: Worker, context: Context) -> Outcome:
    """Do it, and leave its record; what has a lease tells while it goes on who does it."""
    from soc._runner_history import begin, leave

    started = context.clock.now()
    if job.lock is not None:
        begin(job, context, started, worker)
    try:
        outcome = job.run(params, context)
    except Exception as error:
        failed = Outcome("failed", errors=(_told(error),))
        leave(job, context, started, failed, worker)
        raise
    leave(job, context, started, outcome, worker)
    return outcome


def _told(error: Exception) -> str:
    """One line; of an error that nobody raised on purpose its kind, too."""
    return str(error) if isinstance(error, SocError) else " ".join(repr(error).split())


@contextmanager
def _renewing(lease: Lease, ttl_s: float, records: Records) -> Iterator[None]:
    """A thread renews the lease every third of its time until the block ends."""
    ended = Event()

    def beat() -> None:
        is_renewed = True
        while not ended.wait(pause_s(ttl_s, is_renewed=is_renewed)):
            is_renewed = _renew(lease, ttl_s, records, is_news=is_renewed)

    thread = Thread(target=beat, name=f"lease {lease.name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def pause_s(ttl_s: float, *, is_renewed: bool) -> float:
    """Seconds to the next beat; a store that was busy with a long transaction is asked soon."""
    return ttl_s / 3 if is_renewed else min(ttl_s / 3, _AGAIN_S)


def _renew(lease: Lease, ttl_s: float, records: Records, *, is_news: bool) -> bool:
    """Renew it; where that fails the work goes on, the next beat tries again.

    Returns:
        False where the store could not be asked, which is logged where it ``is_news``.
    """
    try:
        held = records.acquire(lease.name, lease.holder, ttl_s)
    except StoreError as error:
        facts = {"soc.lease": lease.name, "error.message": _told(error)}
        log.log(logging.WARNING if is_news else logging.DEBUG, "lease not renewed", extra=facts)
        return False
    if held is None:
        log.error("lease lost to another holder", extra={"soc.lease": lease.name})
    return True

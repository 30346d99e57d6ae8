"""Runs jobs by name: the lease, the run record, the errors that are told and not thrown."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from soc.config import validated
from soc.errors import ConfigError, Conflict, SocError, StoreError
from soc.jobs import Job, Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from soc.context import Context
    from soc.store import Lease, Records

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

    def run(
        self,
        name: str,
        params: Mapping[str, Any],
        context: Context,
        *,
        unless_since: datetime | None = None,
    ) -> Outcome:
        from soc._runner_history import last_run, leave

        job = self.job(name)
        checked = validated(job.params, dict(params), place=f"job {name!r}")
        with _held(job, context):
            if unless_since and (last := last_run(name, context)) and last >= unless_since:
                return Outcome("skipped")
            started = context.clock.now()
            try:
                outcome = job.run(checked, context)
            except Exception as error:
                leave(job, context, started, Outcome("failed", errors=(_told(error),)))
                raise
            leave(job, context, started, outcome)
        log.info("job ran", extra={"soc.job": name, "event.outcome": outcome.result})
        return outcome


def _told(error: Exception) -> str:
    """One line; of an error that nobody raised on purpose its kind, too."""
    return str(error) if isinstance(error, SocError) else " ".join(repr(error).split())


@contextmanager
def _held(job: Job, context: Context) -> Iterator[None]:
    """The job's lease, from before the block to its end, however long that takes."""
    if job.lock is None:
        yield
        return
    records = context.store.records
    holder = f"{context.actor.host}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    lease = records.acquire(f"job:{job.lock}", holder, job.lease_s)
    if lease is None:
        raise Conflict(f"job {job.name!r}: is running elsewhere; wait for it to end")
    try:
        with _renewing(lease, job.lease_s, records):
            yield
    finally:
        records.release(lease)


@contextmanager
def _renewing(lease: Lease, ttl_s: float, records: Records) -> Iterator[None]:
    """A thread renews the lease every third of its time until the block ends."""
    ended = Event()

    def beat() -> None:
        while not ended.wait(ttl_s / 3):
            _renew(lease, ttl_s, records)

    thread = Thread(target=beat, name=f"lease {lease.name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _renew(lease: Lease, ttl_s: float, records: Records) -> None:
    """Renew it; where that fails the work goes on, and the next beat tries again."""
    try:
        held = records.acquire(lease.name, lease.holder, ttl_s)
    except StoreError as error:
        log.warning(
            "lease not renewed", extra={"soc.lease": lease.name, "error.message": _told(error)}
        )
        return
    if held is None:
        log.error("lease lost to another holder", extra={"soc.lease": lease.name})

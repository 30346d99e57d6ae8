from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from pydantic import Field

from soc._runner import JobRunner, pause_s
from soc.context import Context
from soc.errors import ConfigError, Conflict, InputError, StoreUnavailable
from soc.jobs import Job, Outcome, Params
from soc.records.run import Run
from soc.store import Lease
from tests.conftest import SetClock


class Times(Params):
    times: int = Field(default=1, description="How often")


def noted(params: Times, context: Context) -> Outcome:
    return Outcome(counts={"times": params.times}, coverage=0.5)


def refuses(params: Params, context: Context) -> Outcome:
    raise InputError("flows.pcap: is empty; name another file")


def breaks(params: Params, context: Context) -> Outcome:
    raise ZeroDivisionError("by\nnought")


def runs(context: Context) -> list[Run]:
    return [run for run in context.store.records.find("run") if isinstance(run, Run)]


def runner(work: Callable[[Any, Context], Outcome], **more: Any) -> JobRunner:
    return JobRunner((Job("work", work, **more),))


def test_a_run_leaves_a_record_of_what_it_did(context: Context) -> None:
    outcome = runner(noted, params=Times).run("work", {"times": 3}, context)

    (run,) = runs(context)
    assert outcome.counts == {"times": 3}
    assert (run.job, run.state, run.result) == ("work", "done", "done")
    assert (dict(run.counts), run.coverage) == ({"times": 3}, 0.5)
    assert run.author.login == "tester"


@pytest.mark.parametrize(
    ("work", "error", "line"),
    [
        (refuses, InputError, "flows.pcap: is empty; name another file"),
        (breaks, ZeroDivisionError, "ZeroDivisionError('by\\nnought')"),
    ],
)
def test_a_run_that_fails_leaves_a_record_of_why_and_lets_go_of_its_lease(
    context: Context, work: Any, error: type[Exception], line: str
) -> None:
    jobs = runner(work, lock="work")

    for _ in range(2):
        with pytest.raises(error):
            jobs.run("work", {}, context)

    found = runs(context)
    assert [run.state for run in found] == ["failed", "failed"]
    assert {run.errors for run in found} == {(line,)}


def test_a_parameter_that_the_job_does_not_take_is_refused_before_anything_runs(
    context: Context,
) -> None:
    with pytest.raises(ConfigError, match="job 'work': tims: unknown key; remove it"):
        runner(noted, params=Times).run("work", {"tims": 3}, context)

    assert runs(context) == []


def test_a_job_that_does_not_exist_is_told_with_those_that_do(context: Context) -> None:
    with pytest.raises(ConfigError, match="job 'wrok': is not one of work"):
        runner(noted).run("wrok", {}, context)


def test_the_lease_keeps_two_runs_of_one_lock_apart(context: Context) -> None:
    def inner(params: Params, inside: Context) -> Outcome:
        jobs.run("other", {}, inside)
        return Outcome()

    jobs = JobRunner((Job("work", inner, lock="shared"), Job("other", noted, Times, lock="shared")))

    with pytest.raises(Conflict, match="'other': is running elsewhere; wait for it to end"):
        jobs.run("work", {}, context)


def test_jobs_without_a_lock_run_inside_each_other(context: Context) -> None:
    def inner(params: Params, inside: Context) -> Outcome:
        return jobs.run("other", {}, inside)

    jobs = JobRunner((Job("work", inner), Job("other", noted, Times)))

    assert jobs.run("work", {}, context).counts == {"times": 1}


class Beats:
    """The records, telling of every renewal; it refuses the first ones where it is told to."""

    def __init__(self, records: Any, refuse: int = 0) -> None:
        self._records = records
        self._refuse = refuse
        self._is_held = False
        self.beat = Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._records, name)

    def acquire(self, name: str, holder: str, ttl_s: float) -> Lease | None:
        if self._is_held and self._refuse > 0:
            self._refuse -= 1
            raise StoreUnavailable("records.sqlite: is busy; try again")
        lease: Lease | None = self._records.acquire(name, holder, ttl_s)
        if self._is_held:
            self.beat.set()
        self._is_held = True
        return lease

    def wait(self) -> None:
        """Until a renewal that began after this call has ended."""
        for _ in range(2):
            self.beat.clear()
            assert self.beat.wait(20)


def beating(context: Context, refuse: int = 0) -> tuple[Context, Beats]:
    beats = Beats(context.store.records, refuse)
    records: Any = beats
    return replace(context, store=replace(context.store, records=records)), beats


def test_a_job_that_outlives_its_lease_keeps_it(context: Context, clock: SetClock) -> None:
    watched, beats = beating(context)
    taken: list[Lease | None] = []

    def long(params: Params, inside: Context) -> Outcome:
        for _ in range(4):
            clock.advance(seconds=0.04)
            beats.wait()
        taken.append(context.store.records.acquire("job:work", "somebody else", 60))
        return Outcome()

    runner(long, lock="work", lease_s=0.06).run("work", {}, watched)

    assert taken == [None]
    assert context.store.records.acquire("job:work", "somebody else", 60) is not None


def test_a_renewal_that_fails_is_tried_again_and_ends_nothing(
    context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    watched, beats = beating(context, refuse=2)

    def long(params: Params, inside: Context) -> Outcome:
        beats.wait()
        return Outcome()

    outcome = runner(long, lock="work", lease_s=0.06).run("work", {}, watched)

    assert outcome.result == "done"
    assert [r.message for r in caplog.records if r.levelname == "WARNING"] == ["lease not renewed"]


def test_a_renewal_that_failed_is_tried_again_long_before_the_lease_ends() -> None:
    assert pause_s(300, is_renewed=True) == 100
    assert pause_s(300, is_renewed=False) == 5
    assert pause_s(3, is_renewed=False) == 1


def test_a_lease_that_somebody_else_took_is_told(
    context: Context, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    watched, beats = beating(context)

    def slept(params: Params, inside: Context) -> Outcome:
        for _ in range(100):
            clock.advance(hours=1)
            if context.store.records.acquire("job:work", "somebody else", 36_000):
                break
        beats.wait()
        return Outcome()

    runner(slept, lock="work", lease_s=0.06).run("work", {}, watched)

    assert "lease lost to another holder" in [record.message for record in caplog.records]

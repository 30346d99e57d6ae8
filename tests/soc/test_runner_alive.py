"""A process that ended without a word is told from one that works, and its lease is freed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from soc._runner import JobRunner
from soc._runner_alive import Worker
from soc._runner_history import begin, going
from soc.context import Context
from soc.errors import Conflict
from soc.jobs import Job, Outcome, Params


def test_a_worker_is_read_again_from_its_marks() -> None:
    made = Worker.here()

    assert Worker.read(made.marks()) == made
    assert Worker.read({"began_us": 1}) is None


def test_this_process_lives() -> None:
    me = Worker.here()

    assert me.pid == os.getpid()
    assert not me.is_dead


def other() -> tuple[subprocess.Popen[bytes], Worker]:
    """A process that sleeps, as a worker."""
    script = (
        "from soc._runner_alive import Worker; import sys, time;"
        "w = Worker.here(); print(w.pid, w.ticks, w.home, w.nonce, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert process.stdout is not None
    return process, Worker(*map(int, process.stdout.readline().split()))


def test_a_process_that_was_killed_is_dead_before_and_after_it_is_buried() -> None:
    process, worker = other()
    alive = worker.is_dead
    process.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    unburied = worker.is_dead
    process.communicate()

    assert (alive, unburied, worker.is_dead) == (False, True, True)


def test_a_number_that_another_process_was_given_since_is_not_the_same_process() -> None:
    me = Worker.here()

    assert replace(me, ticks=me.ticks + 1).is_dead


@pytest.mark.parametrize("field", ["home", "ticks"])
def test_of_another_host_and_of_what_is_not_known_nothing_is_said(field: str) -> None:
    gone = replace(Worker.here(), pid=2**30)

    assert gone.is_dead
    assert not replace(gone, **{field: 0}).is_dead
    assert not replace(gone, home=gone.home + 1).is_dead


def noted(params: Params, context: Context) -> Outcome:
    return Outcome()


def held_by(worker: Worker, context: Context) -> None:
    """The lease of the lock, and what its run wrote down."""
    holder = worker.holder(context.actor.host)
    assert context.store.records.acquire("job:work", holder, 300)
    begin(Job("work", noted, lock="work"), context, context.clock.now(), worker)


JOBS = JobRunner((Job("work", noted, lock="work"), Job("other", noted, lock="work")))


@pytest.mark.parametrize("name", ["work", "other"])
def test_the_lease_of_a_dead_process_of_this_host_is_free_at_once(
    context: Context, name: str
) -> None:
    held_by(replace(Worker.here(), pid=2**30), context)

    assert JOBS.run(name, {}, context).result == "done"


def test_the_lease_of_a_process_that_lives_or_may_live_elsewhere_stands(context: Context) -> None:
    held_by(replace(Worker.here(), pid=2**30, home=5), context)

    with pytest.raises(Conflict, match="is running elsewhere"):
        JOBS.run("work", {}, context)


def test_while_a_run_goes_on_its_worker_is_known_and_not_after(context: Context) -> None:
    seen: list[Any] = []

    def looks(params: Params, inside: Context) -> Outcome:
        seen.append(going("work", inside))
        return Outcome()

    JobRunner((Job("work", looks, lock="work"),)).run("work", {}, context)

    assert seen[0].worker.pid == os.getpid()
    assert seen[0].since == context.clock.now()
    assert going("work", context) is None

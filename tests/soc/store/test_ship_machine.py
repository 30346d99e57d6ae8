"""Append, ship, crash at any request, reopen, roll over, forget: the equation always holds."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from soc.store._elastic_names import stream
from tests.e2e.console import inherited
from tests.elastic import faults
from tests.elastic.failing_site import NAMESPACE, failing_site, filled, published, sides, unreadable
from tests.elastic.faulty_wire import faulty
from tests.elastic.troubled import DATASET

STREAM = stream(DATASET, NAMESPACE)
PASSING = st.sampled_from(
    [
        faults.healthy,
        faults.busy,
        faults.in_another_order,
        faults.one_answer_short,
        faults.reset_before,
        faults.reset_after_with_rollover,
        faults.applied_then("reset"),
        faults.applied_then("cut"),
    ]
)


class Children:
    """Shippers in processes of their own, forked from one that is ready."""

    def __init__(self) -> None:
        self._ready = subprocess.Popen(
            [sys.executable, "-m", "tests.soc.store.ship_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=inherited(),
        )
        self._pid = 0
        self._runs = threading.Event()

    def run(self, config: Path) -> int:
        """How a shipper ended."""
        assert self._ready.stdin is not None
        self._ready.stdin.write(f"{config}\n")
        self._ready.stdin.flush()
        self._pid = int(self._told("shipper"))
        self._runs.set()
        code = int(self._told("ended"))
        self._runs.clear()
        return code

    def _told(self, what: str) -> str:
        assert self._ready.stdout is not None
        word, _, value = self._ready.stdout.readline().partition(" ")
        assert word == what
        return value

    def kill(self) -> None:
        """Kill -9 of the shipper that runs; it has asked something and waits for the answer."""
        assert self._runs.wait(10)
        os.kill(self._pid, signal.SIGKILL)

    def close(self) -> None:
        with self._ready as ready:
            assert ready.stdin is not None
            ready.stdin.close()


@pytest.fixture(scope="module")
def children() -> Iterator[Children]:
    found = Children()
    yield found
    found.close()


class Shipping(RuleBasedStateMachine):
    """A home, the server that fails, and shippers that are killed."""

    children: ClassVar[Children]

    def __init__(self) -> None:
        super().__init__()
        self.parts = ExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix="ship-"))
        self.parts.callback(shutil.rmtree, self.folder)
        self.server = self.parts.enter_context(faulty())
        self.site = self.parts.enter_context(failing_site(self.folder, self.server))
        self.config = self.folder / "soc.toml"
        self.poisoned = 0
        self.mark = -1

    @rule(rows=st.integers(1, 60), of=st.integers(1, 20), poison=st.sampled_from([0, 0.2]))
    def append(self, rows: int, of: int, poison: float) -> None:
        self.poisoned += filled(self.site, rows, poison=poison, of=of)

    @rule(met=st.lists(PASSING, max_size=4))
    def ship(self, met: Sequence[faults.Fault]) -> None:
        self.server.then(*met)
        assert self.children.run(self.config) == 0

    @precondition(lambda self: self.site.store.log.version(DATASET) >= 0)
    @rule(after=st.integers(0, 24), met=st.lists(PASSING, max_size=2))
    def crash(self, after: int, met: Sequence[faults.Fault]) -> None:
        """Kill -9 before a request is looked at (even numbers) or before it is answered."""
        moments = iter(range(after + 1))
        self.server.then(*met)

        def count() -> None:
            if next(moments, None) == after:
                self.children.kill()

        self.server.on_request = count
        assert self.children.run(self.config) in (0, -signal.SIGKILL)
        self.server.on_request = lambda: None
        self.server.script.clear()

    @rule()
    def rollover(self) -> None:
        if self.server.cluster.backing(STREAM):
            self.server.cluster.rollover(STREAM)

    @precondition(lambda self: self.site.store.log.version(DATASET) >= 0)
    @rule()
    def compact(self) -> None:
        self.site.store.log.compact(DATASET)

    @rule()
    def forget(self) -> None:
        """The home loses what it knew of the position."""
        for path in (self.site.store.home / "ship").rglob("*.position"):
            path.unlink()

    @invariant()
    def nothing_is_doubled(self) -> None:
        assert [i for i, times in self.server.cluster.ids(STREAM).items() if times > 1] == []

    @invariant()
    def readers_are_promised_only_what_is_there(self) -> None:
        assert unreadable(self.site, self.server) == set()

    @invariant()
    def marks_never_go_back(self) -> None:
        now = published(self.server).get(socket.gethostname(), -1)
        assert now >= self.mark
        self.mark = now

    def teardown(self) -> None:
        try:
            self.server.script.clear()
            assert self.children.run(self.config) == 0
            found = sides(self.site, self.server)
            assert found.wrong() == ""
            assert sum(found.letters.values()) == self.poisoned
        finally:
            self.parts.close()


@pytest.mark.timeout(600)
def test_the_equation_holds_whatever_happens_in_whatever_order(children: Children) -> None:
    Shipping.children = children
    run_state_machine_as_test(
        Shipping,
        settings=settings(
            max_examples=12,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

"""Processes of their own for the tests of the event log: ``python -m tests.soc.store.log_child``.

``crash`` forks a writer for each line of its input and tells its pid: start-up is paid once.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from soc.errors import Conflict
from soc.store.log import DeltaLog
from tests.soc.store.log_rows import batch, opened


def tell(text: str) -> None:
    os.write(1, f"{text}\n".encode())


def wait_for(start: Path) -> None:
    tell("ready")
    while not start.exists():
        time.sleep(0.001)


def write_for_ever(log: DeltaLog) -> None:
    number = log.position(7, "flow")
    while True:
        log.append([batch(number + 1, 20)])
        number += 20
        tell(f"stored {number}")


def crash(home: Path) -> None:
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.alarm(60)
            write_for_ever(opened(home))
        tell(f"writer {pid}")
        os.waitpid(pid, 0)
        tell("gone")


def race(home: Path, count: int) -> None:
    """Append each record as if nobody else did, as long as the position was not moved."""
    log, stored, conflicts = opened(home), 0, 0
    wait_for(home / "start")
    for number in range(1, count + 1):
        try:
            stored += log.append([batch(number, 1)]).stored
        except Conflict:
            conflicts += 1
    tell(f"{stored} {conflicts}")


def append(home: Path, source: int, count: int) -> None:
    log = opened(home)
    wait_for(home / "start")
    for number in range(1, count + 1):
        log.append([batch(number, 1, source)])
    tell(str(log.position(source, "flow")))


def compact(home: Path, times: int) -> None:
    log = opened(home)
    wait_for(home / "start")
    tell(str(sum(log.compact("flow") for _ in range(times))))


if __name__ == "__main__":
    mode, folder, *numbers = sys.argv[1:]
    modes: dict[str, Callable[..., None]] = {
        "crash": crash,
        "race": race,
        "append": append,
        "compact": compact,
    }
    modes[mode](Path(folder), *map(int, numbers))

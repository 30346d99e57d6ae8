"""nmap as a process of its own: a group that is ended with its block, its limit, or the brake."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import IO

from scanners import _nmap_command as command
from soc.errors import ToolError
from soc.net import Network

_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Limits:
    """When a process must end: at a time of ``time.monotonic``, or once an event is set."""

    deadline: float
    stopped: Event


@contextmanager
def output(
    networks: Sequence[Network],
    probe: command.Probe,
    family: int,
    limits: Limits,
    inherited: Mapping[str, str],
) -> Iterator[IO[bytes]]:
    """nmap's XML as it is written; the process group is gone when the block ends.

    Raises:
        ToolError: nmap is missing.
        ConfigError: the ports are no port list.
    """
    program = program_path()
    with tempfile.TemporaryDirectory(prefix="soc-scan-") as name:
        folder = Path(name)
        command.write_targets(folder / "targets", networks)
        command.write_script(folder)
        arguments = command.argv(
            program, probe, folder / "targets", family, privileged=os.geteuid() == 0
        )
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=command.environment(folder, inherited),
            start_new_session=True,
        )
        watch = Thread(target=_watch, args=(process, limits), daemon=True)
        watch.start()
        stream = process.stdout
        try:
            if stream is None:
                raise ToolError(f"{program}: gave no output; run it by hand")
            yield stream
        finally:
            _end(process)
            watch.join()
            if stream is not None:
                stream.close()


def _watch(process: subprocess.Popen[bytes], limits: Limits) -> None:
    while process.poll() is None:
        if limits.stopped.is_set() or time.monotonic() > limits.deadline:
            _end(process)
            return
        limits.stopped.wait(_LOOK_S)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End our own process group, politely first."""
    for number, patience_s in ((signal.SIGTERM, 3.0), (signal.SIGKILL, None)):
        if process.poll() is not None:
            return
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=patience_s)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            process.wait()


def program_path() -> str:
    """Where nmap is.

    Raises:
        ToolError: it is not installed.
    """
    found = shutil.which("nmap")
    if found is None:
        raise ToolError("nmap: not found on PATH; apt install nmap")
    return found

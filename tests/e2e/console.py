"""Runs the command line as people do: in this process, or in one of its own."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

import cli
from soc import logs


@dataclass(frozen=True, slots=True)
class Said:
    """What a command ended with."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """The one line on stderr that is not a log line.

        Raises:
            AssertionError: there is none, or more than one.
        """
        (line,) = self.complaints
        return line

    @property
    def complaints(self) -> list[str]:
        """The lines on stderr that are no log lines; a traceback would be among them."""
        return [line for line in self.err.splitlines() if not line.startswith("{")]


def soc(*arguments: object, config: Path) -> Said:
    """Run a command in this process; a bug raises as it is."""
    out, err = StringIO(), StringIO()
    argv = ["soc", "--config", str(config), *map(str, arguments)]
    code = 0
    with (
        mock.patch.object(sys, "argv", argv),
        mock.patch.dict(os.environ),
        _logging_kept(),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    return Said(code, out.getvalue(), err.getvalue())


@contextmanager
def _logging_kept() -> Iterator[None]:
    """The command line sets logging up for its process; afterwards it is as before."""
    root = logging.getLogger()
    handlers = root.handlers[:]
    loggers = [root, *map(logging.getLogger, (*logs._OURS, *logs._QUIET))]
    levels = [logger.level for logger in loggers]
    root.handlers.clear()
    try:
        yield
    finally:
        root.handlers[:] = handlers
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def process(
    *arguments: object,
    environment: Mapping[str, str] | None = None,
    folder: Path,
    timeout_s: float = 240,
) -> Said:
    """Run a command in a process of its own, in an empty folder."""
    done = subprocess.run(
        [sys.executable, "-m", "cli", *map(str, arguments)],
        env=inherited(environment),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def inherited(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without settings of ours, with this program on its path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SOC_")}
    here = str(Path(cli.__file__).resolve().parent)
    return kept | {"PYTHONPATH": here, "SOC_LANG": "en"} | dict(more or {})

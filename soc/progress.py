"""Progress of long work, shown or not; work never depends on how."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Task(Protocol):
    """One bar."""

    def advance(self, amount: int = 1) -> None:
        """So much more is done."""


class Progress(Protocol):
    """Where long work tells how far it is."""

    def task(self, title: str, total: int | None = None) -> AbstractContextManager[Task]:
        """A bar for the length of a ``with`` block; ``total`` None where the end is unknown."""


class _Silence:
    def advance(self, amount: int = 1) -> None:
        """Nothing is shown."""


class Silent:
    """Shows nothing: cron, tests, ``--json``."""

    @contextmanager
    def task(self, title: str, total: int | None = None) -> Iterator[Task]:
        yield _Silence()

"""Connections to the file, taken in turn: as many as are at work at once."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# FULL: a commit is on disk before the audit log is told of it, so that after a loss of power
# the log never holds a change that the store lost.
_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA cache_size = -32768",  # KiB
    "PRAGMA journal_size_limit = 67108864",
)


class Links:
    """Every connection of this process; none is carried across a fork."""

    def __init__(self, path: Path, busy_s: float) -> None:
        self._path = path
        self._busy_s = busy_s
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._local = threading.local()
        self._idle: dict[bool, list[sqlite3.Connection]] = {True: [], False: []}
        self._all: list[sqlite3.Connection] = []

    @property
    def is_writing(self) -> bool:
        """True inside a ``writing`` block of this thread."""
        return self._process == os.getpid() and getattr(self._local, "link", None) is not None

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The writing connection of this thread; the same one in a block inside the block."""
        if self.is_writing:
            yield self._local.link
            return
        with self._taken(writes=True) as link:
            self._local.link = link
            try:
                yield link
            finally:
                self._local.link = None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees what was committed, and nothing of a write under way."""
        with self._taken(writes=False) as link:
            yield link

    @contextmanager
    def _taken(self, *, writes: bool) -> Iterator[sqlite3.Connection]:
        self._check_process()
        idle = self._idle[writes]
        with self._lock:
            link = idle.pop() if idle else None
        link = link or self._opened(writes=writes)
        try:
            yield link
        finally:
            with self._lock:
                idle.append(link)

    def close(self) -> None:
        """Close every connection of this process."""
        with self._lock:
            links = self._all if self._process == os.getpid() else []
            for link in links:
                link.close()
            self._begin()

    def _opened(self, *, writes: bool) -> sqlite3.Connection:
        link = sqlite3.connect(
            self._path, timeout=self._busy_s, isolation_level=None, check_same_thread=False
        )
        for pragma in _PRAGMAS:
            link.execute(pragma)
        if not writes:
            link.execute("PRAGMA query_only = 1")
        with self._lock:
            self._all.append(link)
        return link

    def _check_process(self) -> None:
        """In the child of a fork begin anew; the parent's connections are kept, never closed."""
        with self._lock:
            if self._process != os.getpid():
                _OF_PARENTS.extend(self._all)
                self._begin()


_OF_PARENTS: list[sqlite3.Connection] = []  # closing them here would break the parent's locks

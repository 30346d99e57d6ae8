"""Errors of SQLite as ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from soc.errors import StoreError, StoreUnavailable

# Primary result codes that pass, or that an administrator can make pass: the work is repeated.
PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_NOLFS,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_INTERRUPT,
    }
)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Whatever SQLite raises inside the block leaves it as an error of ours.

    Raises:
        StoreUnavailable: locked, full, not readable for now.
        StoreError: damaged, not a database, or a value that it cannot hold.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise told(path, error) from error
    except UnicodeEncodeError as error:
        raise StoreError(f"{path}: {error.object!r} is not text; write it anew") from error


def told(path: Path, error: sqlite3.Error) -> StoreError:
    """Our error for one of SQLite's."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and (code & 0xFF) in PASSING:
        return StoreUnavailable(f"{path}: {error}; make room or wait, then retry")
    return StoreError(f"{path}: {error}; check the file, or restore it from a backup")

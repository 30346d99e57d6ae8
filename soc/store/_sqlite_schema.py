"""The tables of the records store, and how a file comes to have them.

``history`` holds every revision of every record once, in the order in which they were stored;
its ``seq`` is also how far the audit log was told. ``current`` points at the last revision.
``terms`` is what ``find`` narrows on: the folded texts of the indexed fields, of the current
revision (``is_current`` 1) and of former ones (0: asked as of a time only).
"""

from __future__ import annotations

import secrets
import sqlite3

from soc.errors import StoreError

VERSION = 1

_TABLES = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    """CREATE TABLE history (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        revision INTEGER NOT NULL,
        at INTEGER NOT NULL, -- microseconds since 1970, UTC
        change TEXT NOT NULL, -- id of the change: applied once
        document BLOB NOT NULL -- canonical JSON
    ) STRICT""",
    "CREATE UNIQUE INDEX history_record ON history (kind, id, revision)",
    "CREATE UNIQUE INDEX history_change ON history (change)",
    """CREATE TABLE current (
        kind TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL,
        PRIMARY KEY (kind, id)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE terms (
        kind TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
        is_current INTEGER NOT NULL, id TEXT NOT NULL,
        PRIMARY KEY (kind, field, value, is_current, id)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE numbers (
        series TEXT NOT NULL, year INTEGER NOT NULL, last INTEGER NOT NULL,
        PRIMARY KEY (series, year)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE leases (
        name TEXT PRIMARY KEY, holder TEXT NOT NULL, until INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE marks (
        reader TEXT NOT NULL, origin TEXT NOT NULL, version INTEGER NOT NULL,
        PRIMARY KEY (reader, origin)
    ) STRICT, WITHOUT ROWID""",
)


def prepare(link: sqlite3.Connection) -> None:
    """The file has today's tables; two processes may do this at once.

    Raises:
        StoreError: the file was written by a newer version of this program.
    """
    found = _version(link)
    if found == VERSION:
        return
    if found > VERSION:
        raise StoreError(
            f"records: tables of version {found}, we know {VERSION}; update the program"
        )
    link.execute("PRAGMA journal_mode = WAL")
    link.execute("BEGIN IMMEDIATE")
    try:
        if _version(link) == 0:
            _create(link)
        link.execute("COMMIT")
    except BaseException:
        link.execute("ROLLBACK")
        raise


def _version(link: sqlite3.Connection) -> int:
    row = link.execute("PRAGMA user_version").fetchone()
    return int(row[0])


def _create(link: sqlite3.Connection) -> None:
    for statement in _TABLES:
        link.execute(statement)
    facts = {"store": secrets.token_hex(8), "told_from": "0", "seal": secrets.token_hex(32)}
    link.executemany("INSERT INTO meta VALUES (?, ?)", facts.items())
    link.execute(f"PRAGMA user_version = {VERSION}")


def fact(link: sqlite3.Connection, name: str) -> str | None:
    """What is noted under a name."""
    row = link.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def note(link: sqlite3.Connection, name: str, value: str) -> None:
    """Note a value under a name, in the caller's transaction."""
    link.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def renamed(link: sqlite3.Connection, name: str, top: int) -> bool:
    """True where the file had this name and has a new one now, told from ``top`` on."""
    link.execute("BEGIN IMMEDIATE")
    try:
        is_first = fact(link, "store") == name
        if is_first:
            note(link, "store", secrets.token_hex(8))
            note(link, "told_from", str(top))
        link.execute("COMMIT")
    except BaseException:
        link.execute("ROLLBACK")
        raise
    return is_first

"""Writing one change inside a transaction."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

from soc.records import Record
from soc.records._codec import decode
from soc.records._registry import kind_of
from soc.store import Change
from soc.store._sqlite_schema import fact, note
from soc.store.records import accepted, terms

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def moment(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND


def write(link: sqlite3.Connection, change: Change, host: str) -> bool:
    """True where the change was applied now; False where it had been.

    Raises:
        Conflict: the stored revision is not the expected one.
        StoreError: it is not a record that may be stored.
        ScopeError: a two-person rule is against it.
    """
    seen = link.execute("SELECT 1 FROM history WHERE change = ?", (change.id,)).fetchone()
    if seen is not None:
        return False
    before = current(link, change.record.kind, change.record.id)
    after, document = accepted(change, before, host)
    put(link, before, after, change.id, document)
    return True


def put(
    link: sqlite3.Connection, before: Record | None, after: Record, change: str, document: bytes
) -> None:
    """Store a revision that was accepted, after the one before."""
    cursor = link.execute(
        "INSERT INTO history (kind, id, revision, at, change, document) VALUES (?,?,?,?,?,?)",
        (after.kind, after.id, after.revision, micros(after.at), change, document),
    )
    link.execute(
        "INSERT INTO current VALUES (?,?,?) "
        "ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq",
        (after.kind, after.id, cursor.lastrowid),
    )
    _index(link, before, after)


def current(link: sqlite3.Connection, kind: str, id: str) -> Record | None:
    """The record as it is."""
    row = link.execute(
        "SELECT document FROM current JOIN history USING (seq) "
        "WHERE current.kind = ? AND current.id = ?",
        (kind, id),
    ).fetchone()
    return None if row is None else decode(kind, row[0])


def _index(link: sqlite3.Connection, before: Record | None, after: Record) -> None:
    """Terms that went are kept as former ones, terms that came are current."""
    old = terms(before) if before is not None else set()
    new = terms(after)
    for is_current, changed in ((0, old - new), (1, new - old)):
        rows = [(after.kind, field, value, after.id) for field, value in sorted(changed)]
        if rows and before is not None:
            link.executemany(_DROP, rows)
        if rows:
            link.executemany(_ADD, [(*row, is_current) for row in rows])


_DROP = "DELETE FROM terms WHERE kind = ? AND field = ? AND value = ? AND id = ?"
_ADD = "INSERT OR IGNORE INTO terms (kind, field, value, id, is_current) VALUES (?,?,?,?,?)"


def indexing(kind: str) -> str:
    """What the terms of a kind rest on: other fields, or another form of them, are other terms."""
    found = kind_of(kind)
    return f"{found.schema}:{','.join(found.indexed)}"


def is_indexed(link: sqlite3.Connection, kind: str) -> bool:
    """True where the terms of a kind are those that it has today."""
    return fact(link, f"terms {kind}") == indexing(kind)


def reindex(link: sqlite3.Connection, kind: str) -> None:
    """Make the terms of a kind anew, of every revision; in the caller's transaction."""
    if is_indexed(link, kind):
        return
    link.execute("DELETE FROM terms WHERE kind = ?", (kind,))
    before: Record | None = None
    revisions = link.execute(
        "SELECT document FROM history WHERE kind = ? ORDER BY id, revision", (kind,)
    )
    for (document,) in revisions:
        after = decode(kind, document)
        _index(link, before if before and before.id == after.id else None, after)
        before = after
    note(link, f"terms {kind}", indexing(kind))

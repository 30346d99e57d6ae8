"""Asking the file for records."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import datetime

from soc.store._sqlite_write import micros
from soc.store.records import Terms

_ALL = "SELECT id FROM current WHERE kind = :kind"
_NARROWED = """
    WITH wanted (field, value) AS (
        SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:terms)
    )
    SELECT terms.id FROM wanted CROSS JOIN terms
        ON terms.kind = :kind AND terms.field = wanted.field AND terms.value = wanted.value
        AND terms.is_current BETWEEN :from_current AND 1
    UNION SELECT value FROM wanted WHERE field = 'id'
"""
_NOW = """
    SELECT document FROM ({ids}) AS candidate
    JOIN current ON current.kind = :kind AND current.id = candidate.id
    JOIN history ON history.seq = current.seq
    ORDER BY candidate.id
"""
_THEN = """
    SELECT document FROM ({ids}) AS candidate
    JOIN history ON history.kind = :kind AND history.id = candidate.id
    AND history.revision = (
        SELECT max(revision) FROM history AS earlier
        WHERE earlier.kind = :kind AND earlier.id = candidate.id AND earlier.at <= :at
    )
    ORDER BY candidate.id
"""


def documents(
    link: sqlite3.Connection, kind: str, terms: Terms | None, at: datetime | None
) -> Iterator[bytes]:
    """Documents of a kind by id: those that hold a term, or all; as they were at a time."""
    ids = _ALL if terms is None else _NARROWED
    query = (_NOW if at is None else _THEN).format(ids=ids)
    cursor = link.execute(
        query,
        {
            "kind": kind,
            "terms": json.dumps(terms),
            "from_current": 1 if at is None else 0,
            "at": None if at is None else micros(at),
        },
    )
    try:
        for (document,) in cursor:
            yield document
    finally:
        cursor.close()


def revisions(link: sqlite3.Connection, kind: str, id: str) -> list[bytes]:
    """Every revision of one record, oldest first."""
    rows = link.execute(
        "SELECT document FROM history WHERE kind = ? AND id = ? ORDER BY revision", (kind, id)
    )
    return [document for (document,) in rows]


def revision_at(link: sqlite3.Connection, kind: str, id: str, at: datetime | None) -> bytes | None:
    """The last revision of one record that was made by then."""
    row = link.execute(
        "SELECT document FROM history WHERE kind = ? AND id = ? AND at <= ? "
        "ORDER BY revision DESC LIMIT 1",
        (kind, id, _FOR_EVER if at is None else micros(at)),
    ).fetchone()
    return None if row is None else bytes(row[0])


_FOR_EVER = 2**63 - 1


def untold(link: sqlite3.Connection, after: int) -> sqlite3.Cursor:
    """Stored changes above a number: its own, change id, document before, document after."""
    return link.execute(
        "SELECT new.seq, new.change, old.document, new.document FROM history AS new "
        "LEFT JOIN history AS old ON old.kind = new.kind AND old.id = new.id "
        "AND old.revision = new.revision - 1 WHERE new.seq > ? ORDER BY new.seq",
        (after,),
    )

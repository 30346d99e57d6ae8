"""The local side of moving records."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from soc.records._codec import decode
from soc.store._migrate import Counters
from soc.store._sqlite_errors import translated
from soc.store._sqlite_links import Links
from soc.store._sqlite_schema import note
from soc.store._sqlite_write import current, put, reindex
from soc.store.records import Stored

_BUSY_S = 30.0
_EVERY = "SELECT kind, id, revision, change, document FROM history ORDER BY kind, id, revision"


class Local:
    """The file of records of a home, which was opened before: its tables are today's."""

    def __init__(self, path: Path) -> None:
        self.place = str(path)
        self._path = path
        self._links = Links(path, _BUSY_S)

    def close(self) -> None:
        """Close the file."""
        self._links.close()

    def revisions(self) -> Iterator[Stored]:
        with (
            translated(self._path),
            self._links.reading() as link,
            closing(link.execute(_EVERY)) as rows,
        ):
            for row in rows:
                yield Stored(*row)

    def counters(self) -> Counters:
        marks: dict[str, dict[str, int]] = {}
        with translated(self._path), self._links.reading() as link:
            for reader, origin, version in link.execute("SELECT * FROM marks"):
                marks.setdefault(reader, {})[origin] = version
            numbers = {(s, y): last for s, y, last in link.execute("SELECT * FROM numbers")}
        return Counters(marks, numbers)

    def take(self, revisions: Iterable[Stored], counters: Counters) -> int:
        with translated(self._path), self._links.writing() as link:
            link.execute("BEGIN IMMEDIATE")
            try:
                new = sum(_put(link, stored) for stored in revisions)
                _count(link, counters)
                if new:
                    top = link.execute("SELECT max(seq) FROM history").fetchone()[0]
                    note(link, "told_from", str(top))
                link.execute("COMMIT")
            except BaseException:
                link.execute("ROLLBACK")
                raise
        return new


def _put(link: sqlite3.Connection, stored: Stored) -> bool:
    reindex(link, stored.kind)
    before = current(link, stored.kind, stored.id)
    after = decode(stored.kind, stored.document)
    put(link, before, after, stored.change, stored.document)
    return True


def _count(link: sqlite3.Connection, counters: Counters) -> None:
    link.execute("DELETE FROM marks")
    link.execute("DELETE FROM numbers")
    marks = ((r, o, v) for r, held in counters.marks.items() for o, v in held.items())
    link.executemany("INSERT INTO marks VALUES (?,?,?)", marks)
    numbers = ((s, y, last) for (s, y), last in counters.numbers.items())
    link.executemany("INSERT INTO numbers VALUES (?,?,?)", numbers)

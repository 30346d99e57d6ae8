"""Records in one SQLite file: current state with history, for the processes of one host."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from soc._audit_head import grouped
from soc.audit import Audit
from soc.errors import Conflict, ScopeError, StoreUnavailable
from soc.query import Marks
from soc.records import Record
from soc.records._codec import decode
from soc.records._registry import kind_of
from soc.store import Change, Lease
from soc.store._sqlite_errors import translated
from soc.store._sqlite_links import Links
from soc.store._sqlite_read import documents, revision_at, revisions
from soc.store._sqlite_schema import prepare
from soc.store._sqlite_told import Teller
from soc.store._sqlite_write import is_indexed, micros, moment, reindex, write
from soc.store.records import Terms, chosen, narrow
from soc.where import EVERYTHING, Where

if TYPE_CHECKING:
    from soc.context import Clock


class SqliteRecords:
    """Implements ``soc.store.Records``; safe for several threads and processes of one host.

    Reads see what was committed; a read inside the stream of changes of a transaction does not
    see that transaction. ``next_number`` and leases inside such a stream belong to it: if it
    fails, the number was not used.
    """

    def __init__(
        self, path: Path, audit: Audit, host: str, clock: Clock, busy_s: float = 30.0
    ) -> None:
        """Open or make the file, and tell the audit log what a crash left untold.

        Raises:
            StoreError: the file cannot be opened, or is not ours.
        """
        self._path = path
        self._audit = audit
        self._host = host
        self._clock = clock
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            grouped(path)
        except OSError as error:
            raise StoreUnavailable(f"{path}: {error.strerror}; give the folder back") from error
        self._links = Links(path, busy_s)
        with translated(path):
            with self._links.writing() as link:
                prepare(link)
            self._teller = Teller(self._links, audit)
        self._tell()

    def close(self) -> None:
        """Close the file; what is asked later opens it again."""
        self._links.close()

    def get(self, kind: str, id: str, *, at: datetime | None = None) -> Record | None:
        kind_of(kind)
        with self._reading() as link:
            stored = revision_at(link, kind, id, at)
        return None if stored is None else decode(kind, stored)

    def find(
        self,
        kind: str,
        where: Where = EVERYTHING,
        *,
        at: datetime | None = None,
        limit: int | None = None,
    ) -> Iterator[Record]:
        terms = narrow(where, kind_of(kind).indexed)
        if terms is not None:
            self._indexed(kind)
        return chosen(self._found(kind, terms, at), kind, where, limit)

    def history(self, kind: str, id: str) -> list[Record]:
        kind_of(kind)
        with self._reading() as link:
            return [decode(kind, stored) for stored in revisions(link, kind, id)]

    def apply(self, changes: Iterable[Change]) -> int:
        with self._writing() as link:
            new = self._written(link, changes)
        self._tell()
        return new

    def conclude(self, reader: str, before: Marks, after: Marks, changes: Iterable[Change]) -> int:
        with self._writing() as link:
            stored = _marks(link, reader)
            if stored != dict(before):
                raise Conflict(
                    f"watermark of {reader}: is {stored}, not {dict(before)}: read it and retry"
                )
            new = self._written(link, changes)
            link.execute("DELETE FROM marks WHERE reader = ?", (reader,))
            rows = [(reader, origin, version) for origin, version in after.items()]
            link.executemany("INSERT INTO marks VALUES (?,?,?)", rows)
        self._tell()
        return new

    def watermark(self, reader: str) -> Marks:
        with self._reading() as link:
            return _marks(link, reader)

    def next_number(self, series: str, year: int) -> int:
        with self._writing() as link:
            row = link.execute(
                "INSERT INTO numbers VALUES (?,?,1) "
                "ON CONFLICT (series, year) DO UPDATE SET last = last + 1 RETURNING last",
                (series, year),
            ).fetchone()
            return int(row[0])

    def acquire(self, name: str, holder: str, ttl_s: float) -> Lease | None:
        with self._writing() as link:
            now = self._clock.now()
            row = link.execute(
                "INSERT INTO leases VALUES (:name, :holder, :until) "
                "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until "
                "WHERE holder = excluded.holder OR until <= :now RETURNING until",
                {
                    "name": name,
                    "holder": holder,
                    "until": micros(now + timedelta(seconds=ttl_s)),
                    "now": micros(now),
                },
            ).fetchone()
            return None if row is None else Lease(name, holder, moment(row[0]))

    def release(self, lease: Lease) -> None:
        with self._writing() as link:
            link.execute(
                "DELETE FROM leases WHERE name = ? AND holder = ?", (lease.name, lease.holder)
            )

    def _written(self, link: sqlite3.Connection, changes: Iterable[Change]) -> int:
        new, indexed = 0, set[str]()
        for change in changes:
            if change.record.kind not in indexed:
                reindex(link, change.record.kind)
                indexed.add(change.record.kind)
            try:
                new += write(link, change, self._host)
            except ScopeError as error:
                self._refuse(change.record, error)
                raise
        return new

    def _refuse(self, record: Record, error: ScopeError) -> None:
        wanted = (record.kind, record.id, record.state, self._clock.now())
        self._audit.refused(error, record.author, *wanted)

    def _tell(self) -> None:
        """Tell the audit log, unless this thread is still inside a transaction."""
        if not self._links.is_writing:
            with translated(self._path):
                self._teller.tell()

    def _found(self, kind: str, terms: Terms | None, at: datetime | None) -> Iterator[Record]:
        with self._reading() as link:
            for stored in documents(link, kind, terms, at):
                yield decode(kind, stored)

    def _indexed(self, kind: str) -> None:
        """The terms of the kind are today's; an older program may have left others."""
        with self._reading() as link:
            if is_indexed(link, kind):
                return
        with self._writing() as link:
            reindex(link, kind)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with translated(self._path), self._links.reading() as link:
            yield link

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, or a part of the one that this thread is in."""
        with (
            translated(self._path),
            self._links.writing() as link,
            _part(link) if link.in_transaction else _whole(link),
        ):
            yield link


@contextmanager
def _whole(link: sqlite3.Connection) -> Iterator[None]:
    link.execute("BEGIN IMMEDIATE")
    try:
        yield
        link.execute("COMMIT")
    except BaseException:
        if link.in_transaction:
            link.execute("ROLLBACK")
        raise


@contextmanager
def _part(link: sqlite3.Connection) -> Iterator[None]:
    link.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        if link.in_transaction:
            link.execute("ROLLBACK TO part")
            link.execute("RELEASE part")
        raise
    link.execute("RELEASE part")


def _marks(link: sqlite3.Connection, reader: str) -> dict[str, int]:
    rows = link.execute("SELECT origin, version FROM marks WHERE reader = ?", (reader,))
    return dict(rows.fetchall())

"""The seams of storage: an event log that is appended to, engines that answer, records with state.

The log is local and always there. An engine answers ``Select`` and ``Aggregate`` over it
(DuckDB) or over what was shipped from it (Elasticsearch): the same answer from both. Records
are current state with history.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from soc.query import Aggregate, Marks, Select, Window
from soc.records import Record
from soc.where import EVERYTHING, Where

if TYPE_CHECKING:
    import pyarrow as pa

    from soc.audit import Audit
    from soc.batch import Batch


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append did: rows new in the log, and the version that holds them."""

    stored: int
    version: int | None  # None: nothing was new


@dataclass(frozen=True, slots=True)
class DatasetStatus:
    """One dataset as stored."""

    name: str
    rows: int
    version: int  # -1: nothing was ever appended
    bytes: int
    files: int
    oldest: datetime | None  # least @timestamp
    newest: datetime | None


class EventLog(Protocol):
    """An append-only log, one table a dataset; its commits are acknowledgements."""

    origin: str  # the host that this log belongs to

    def append(self, batches: Sequence[Batch]) -> Appended:
        """Store batches of **one** (source, dataset) durably in one commit, each row at most once.

        Rows at or below the stored position of (source, dataset) are dropped.

        Raises:
            Conflict: another writer moved the position of this source meanwhile.
            StoreUnavailable: no room, or the table is busy; nothing was stored.
        """

    def position(self, source: int, dataset: str) -> int:
        """Highest record number stored for the source in the dataset; 0 if none."""

    def positions(self, source: int) -> dict[str, int]:
        """Positions of the source in every dataset that holds rows of it."""

    def version(self, dataset: str) -> int:
        """Version of the newest commit; -1 where nothing was ever appended."""

    def compact(self, dataset: str) -> int:
        """Merge small files; the number of files merged away. Two at once double nothing."""

    def retain(self, dataset: str, before: datetime) -> int:
        """Drop whole days of arrival that ended before the time; the number of rows dropped."""

    def status(self) -> list[DatasetStatus]:
        """One entry a dataset, in the order of the schema."""


class Engine(Protocol):
    """Answers questions; every engine gives the same answer."""

    name: str

    def select(self, query: Select) -> Iterator[pa.RecordBatch]:
        """Rows as record batches; columns in the order asked for.

        There is at least one batch (it may be empty), so that a table can be made of them. A
        column that was never filled is null of its declared type. Multi-valued columns are
        lists. ``event.id`` and ``soc.version`` (the log version of the row) may be asked for.
        """

    def aggregate(self, query: Aggregate) -> pa.Table:
        """One row a group: ``bucket`` (if asked), the ``by`` columns, then the measures."""

    def match(
        self, query: Select, wheres: Mapping[str, Where]
    ) -> Iterator[tuple[str, pa.RecordBatch]]:
        """For each named filter the rows of ``query`` for which it holds too.

        The rows are read and folded once for all filters; order and limit are not looked at.
        A name may come several times, and not at all where no row matches.
        """

    def newest(self, dataset: str) -> Marks:
        """Highest version of each origin that can be read now: the ``upto`` of the next window."""

    def window(self, dataset: str, after: Marks) -> Window:
        """All that was appended after ``after`` and can be read now."""


@dataclass(frozen=True, slots=True)
class Change:
    """One record as it shall be from now on.

    ``id`` makes it idempotent: a change whose id was applied is skipped. ``expected`` is the
    revision that it replaces (0: the record is new; None: whatever is there).
    """

    id: str
    record: Record
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """A lock with an end, held by one process."""

    name: str
    holder: str
    until: datetime


class Records(Protocol):
    """Current state with history."""

    def get(self, kind: str, id: str, *, at: datetime | None = None) -> Record | None:
        """The record, as it was at a time; None where there is none."""

    def find(
        self,
        kind: str,
        where: Where = EVERYTHING,
        *,
        at: datetime | None = None,
        limit: int | None = None,
    ) -> Iterator[Record]:
        """Records of a kind by id, streamed; fields are asked by their dotted names."""

    def history(self, kind: str, id: str) -> list[Record]:
        """Every revision, oldest first."""

    def apply(self, changes: Iterable[Change]) -> int:
        """Apply changes in one transaction, streamed; how many were new.

        Each is checked (state and transition), gets its revision, and goes to the audit log.

        Raises:
            Conflict: a record's revision is not the expected one; nothing was applied.
        """

    def conclude(self, reader: str, before: Marks, after: Marks, changes: Iterable[Change]) -> int:
        """Apply the changes that reading a window led to, and move the reader's watermark.

        Raises:
            Conflict: the watermark is not ``before``; nothing was applied.
        """

    def watermark(self, reader: str) -> Marks:
        """How far a reader has concluded; empty if never."""

    def next_number(self, series: str, year: int) -> int:
        """The next number of a series: one transaction, no gap, never used twice."""

    def acquire(self, name: str, holder: str, ttl_s: float) -> Lease | None:
        """The lease, new or renewed by its holder; None while somebody else holds it."""

    def release(self, lease: Lease) -> None:
        """Give the lease back; no error if it is lost already."""


@dataclass(frozen=True, slots=True)
class Store:
    """What a site keeps: everything under one folder."""

    home: Path
    log: EventLog
    records: Records
    audit: Audit

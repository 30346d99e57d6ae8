"""The event log on Delta Lake: one table a dataset, partitioned by UTC day of arrival.

Data files are Parquet of our own making, committed by Delta; a commit that was acknowledged
is on the disk. Figures behind the choices: ``docs/explanation/decisions.md``.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from deltalake import DeltaTable

from soc import _conform, schema
from soc.errors import Conflict, SocError, StoreError, StoreUnavailable
from soc.query import Period, Window
from soc.store import Appended, DatasetStatus
from soc.store import _log_commits as commits
from soc.store import _log_keep as keep
from soc.store import _log_parquet as parquet
from soc.store._log_commits import LogFile as LogFile
from soc.store._log_errors import translated
from soc.store._log_table import CHECKPOINT_EVERY, Table, is_refused, pause
from soc.store._log_times import Times

if TYPE_CHECKING:
    from soc.batch import Batch
    from soc.context import Clock

TRIES = 20  # to commit, while others commit too


class DeltaLog:
    """``soc.store.EventLog`` in a folder ``log`` of the home; safe among threads and processes."""

    def __init__(self, home: Path, origin: str, clock: Clock) -> None:
        self.origin = origin
        self.folder = home / "log"
        self._clock = clock
        self._tables: dict[str, Table] = {}
        self._mutex = threading.Lock()

    # -- writing -----------------------------------------------------------------------------

    def append(self, batches: Sequence[Batch]) -> Appended:
        """Store batches of one (source, dataset) durably, in one commit, each row at most once."""
        source, dataset = _one(batches)
        table = self._table(dataset)
        with table.writer.mutex:
            now = self._clock.now()
            delta = table.ready(now)
            position = delta.transaction_version(app_id(source)) or 0
            with translated(table.place):
                rows = _rows(batches, position, now)
                if rows is None:
                    return Appended(0, None)
                written = _write(table, rows, now, delta.version())
            number = int(rows["soc.record"][-1].as_py())
            version = self._commit(table, delta, written, (source, position, number), now)
            if version % CHECKPOINT_EVERY == 0:
                table.checkpoint(delta)
        return Appended(written.rows, version)

    def _commit(
        self,
        table: Table,
        delta: DeltaTable,
        written: parquet.Written,
        move: tuple[int, int, int],  # of a source, from one position to another
        at: datetime,
    ) -> int:
        """Commit a file; it is deleted again on an error, unless it was committed after all."""
        source, position, number = move
        app, base = app_id(source), delta.version()
        action = keep.add(written, table.folder, written.path.parent.name, at, is_new=True)
        try:
            for _ in range(TRIES):
                try:
                    return table.commit(delta, [action], (app, number), at)
                except StoreUnavailable as error:
                    table.writer.forget()
                    if not is_refused(error):
                        raise
                    pause(0.1)
                    delta = table.ready(at)
                    moved = delta.transaction_version(app) or 0
                    if moved != position:
                        raise Conflict(
                            f"{table.place}: source {app} moved from {position} to {moved}: "
                            "another process reads the same source; read again from there"
                        ) from error
            raise StoreUnavailable(f"{table.place}: others commit all the time: run it again")
        except SocError:
            table.writer.forget()
            table.discard(written.path, base)
            raise

    def compact(self, dataset: str) -> int:
        """Merge small files; the number of files merged away."""
        return keep.compact(self._table(dataset), self._clock.now(), secrets.token_hex(4))

    def retain(self, dataset: str, before: datetime) -> int:
        """Drop whole days of arrival that ended before the time; the number of rows dropped."""
        return keep.retain(self._table(dataset), before, self._clock.now())

    # -- asking ------------------------------------------------------------------------------

    def position(self, source: int, dataset: str) -> int:
        """Highest record number stored for the source in the dataset; 0 if none."""
        table = self._table(dataset)
        with table.reader.mutex, translated(table.place):
            delta = table.reader.fresh()
            return 0 if delta is None else delta.transaction_version(app_id(source)) or 0

    def positions(self, source: int) -> dict[str, int]:
        """Positions of the source in every dataset that holds rows of it."""
        found = {dataset: self.position(source, dataset) for dataset in self._datasets()}
        return {dataset: position for dataset, position in found.items() if position}

    def version(self, dataset: str) -> int:
        """Version of the newest commit; -1 where nothing was ever appended."""
        table = self._table(dataset)
        with table.reader.mutex, translated(table.place):
            delta = table.reader.fresh()
            return -1 if delta is None else delta.version()

    def schema(self, dataset: str) -> pa.Schema:
        """The columns that the table has; a single file holds those of them that it fills."""
        table = self._table(dataset)
        with table.reader.mutex, translated(table.place):
            delta = table.reader.fresh()
            if delta is None:
                return pa.schema([])
            stored = pa.schema(delta.schema().to_arrow())
        known = schema.arrow(dataset)
        names = [name for name in stored.names if name != commits.DAY]
        return pa.schema([known.field(n) if n in known.names else stored.field(n) for n in names])

    def status(self) -> list[DatasetStatus]:
        """One entry a dataset that was ever appended to, in the order of the schema."""
        return [self._status(dataset) for dataset in self._datasets()]

    def _status(self, dataset: str) -> DatasetStatus:
        table = self._table(dataset)
        with table.reader.mutex, translated(table.place):
            delta = table.reader.fresh()
            if delta is None:
                return DatasetStatus(dataset, 0, -1, 0, 0, None, None)
            facts = keep.facts(delta)
            return DatasetStatus(
                dataset,
                rows=sum(f["num_records"] or 0 for f in facts),
                version=delta.version(),
                bytes=sum(f["size_bytes"] for f in facts),
                files=len(facts),
                oldest=min(_known(facts, "min.@timestamp"), default=None),
                newest=max(_known(facts, "max.@timestamp"), default=None),
            )

    # -- reading -----------------------------------------------------------------------------

    def files(
        self, dataset: str, window: Window | None = None, period: Period | None = None
    ) -> list[LogFile]:
        """The files that may hold rows of the window and the period; all of them exist now.

        For a window: files in the order of their versions, with the version. A reader whose
        window begins before the log that is kept gets files with ``ingested_from`` for that
        part. For a period without window: current files, whose version is not known.

        Raises:
            StoreError: a file that the table names is gone.
        """
        table = self._table(dataset)
        missing: Path | None = None
        for _ in range(2):  # compaction may have replaced files while they were listed
            with table.reader.mutex, translated(table.place):
                found = self._listed(table, window, period)
            missing = next((file.path for file in found if not file.path.exists()), None)
            if missing is None:
                return found
            table.reader.forget()
        raise StoreError(f"{missing}: data file of the event log is gone: restore it")

    def _listed(self, table: Table, window: Window | None, period: Period | None) -> list[LogFile]:
        delta = table.reader.fresh()
        if delta is None:
            return []
        if window is None:
            return [LogFile(path, None) for path in _current(table, delta, period, None)]
        upto = min(window.upto.get(self.origin, -1), delta.version())
        return _windowed(table, window.after.get(self.origin, -1), upto, period)

    def _table(self, dataset: str) -> Table:
        if dataset not in schema.DATASETS:
            raise StoreError(f"event log: no dataset {dataset!r}: one of {schema.DATASETS}")
        with self._mutex:
            return self._tables.setdefault(dataset, Table(self.folder / dataset))

    def _datasets(self) -> list[str]:
        return [dataset for dataset in schema.DATASETS if (self.folder / dataset).is_dir()]


def app_id(source: int) -> str:
    """The application id behind a source key: 16 hexadecimal digits."""
    return f"{source & 0xFFFF_FFFF_FFFF_FFFF:016x}"


def _one(batches: Sequence[Batch]) -> tuple[int, str]:
    pairs = {(batch.source, batch.dataset) for batch in batches}
    if len(pairs) != 1:
        raise StoreError(f"event log: an append of {len(pairs)} sources or datasets: one wanted")
    return pairs.pop()


def _rows(batches: Sequence[Batch], position: int, at: datetime) -> pa.Table | None:
    """The new rows as they are stored; None where there are none."""
    tables: list[pa.Table] = []
    for batch in batches:
        new = _new(batch, position)
        if new is not None and new.num_rows:
            tables.append(_conform.conform(new, batch.dataset, batch.source, at))
            position = tables[-1]["soc.record"][-1].as_py()
    return _conform.join(tables) if tables else None


def _new(batch: Batch, position: int) -> pa.RecordBatch | None:
    if batch.rows is None or batch.rows.num_rows == 0:
        return None
    try:
        return _conform.above(batch.rows, position)
    except KeyError as error:
        raise StoreError(
            f"event log {batch.dataset}: rows without soc.record: number them"
        ) from error


def _write(table: Table, rows: pa.Table, at: datetime, version: int) -> parquet.Written:
    path = keep.new_path(table.folder, at, f"{version:010d}-{secrets.token_hex(6)}")
    return parquet.write(path, iter([rows]), rows.schema, rows.num_rows)


def _known(facts: Sequence[dict[str, Any]], name: str) -> list[datetime]:
    return [fact[name].astimezone(UTC) for fact in facts if fact.get(name) is not None]


def _current(
    table: Table, delta: DeltaTable, period: Period | None, ingested_from: datetime | None
) -> list[Path]:
    """Files of a version of the table that may hold rows of the period, ingested since a time."""
    found: list[Path] = []
    for fact in keep.facts(delta):
        added = commits.Added(
            fact["path"], "", False, fact.get("min.@timestamp"), fact.get("max.@timestamp")
        )
        last = fact.get("max.event.ingested")
        is_late = (
            ingested_from is None or last is None or last + parquet.MILLISECOND >= ingested_from
        )
        if is_late and added.may_hold(period):
            found.append(table.folder / added.path)
    return sorted(found)


def _windowed(table: Table, after: int, upto: int, period: Period | None) -> list[LogFile]:
    """Files appended after a version, up to and with another."""
    early: list[LogFile] = []
    try:
        past = commits.between(table.folder, after, upto)
    except FileNotFoundError:
        early, begin = _early(table, after, period)
        past = commits.between(table.folder, begin, upto)
    late = [
        LogFile(table.folder / added.path, version)
        for version, added in commits.appended(past)
        if added.may_hold(period)
    ]
    return early + late


def _early(table: Table, after: int, period: Period | None) -> tuple[list[LogFile], int]:
    """For a reader further behind than the log is kept: the files at its beginning."""
    begin = commits.beginning(table.folder)
    delta = None if begin is None else table.open(begin)
    if begin is None or delta is None:
        raise StoreError(f"{table.place}: commits are missing: restore it from a backup")
    since = Times(table.folder).since(after)
    paths = _current(table, delta, period, since)
    earliest = since or datetime.fromtimestamp(0, UTC)
    return [LogFile(path, None, earliest) for path in paths], begin

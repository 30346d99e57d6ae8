"""What the event log keeps: small files merged, old days dropped, what nobody needs deleted."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.transaction import AddAction, RemoveAction

from soc import schema
from soc.errors import StoreError, StoreUnavailable
from soc.store import _log_commits as commits
from soc.store import _log_parquet as parquet
from soc.store._log_errors import translated
from soc.store._log_table import CHECKPOINT_EVERY, Table, is_refused
from soc.store._log_times import Times

log = logging.getLogger(__name__)

SMALL_BYTES = 64 << 20  # files below are merged
TARGET_BYTES = 256 << 20  # of what is merged into one file
GROUP_BYTES = 256 << 20  # of rows in memory: then a row group ends early
BATCH_ROWS = 1 << 16
KEPT = timedelta(days=8)  # log and removed files
POSITION = "soc.keep"  # application id: counts compactions and retentions
LEASE = "keep"


@dataclass(frozen=True, slots=True)
class Current:
    """A file that the table holds now."""

    path: str
    day: str
    size: int
    rows: int


def current(delta: DeltaTable) -> list[Current]:
    """The files of the table, by path: by day and time of writing."""
    rows = pa.table(delta.get_add_actions(flatten=True)).to_pylist()
    day = f"partition.{commits.DAY}"
    found = [Current(r["path"], r[day], r["size_bytes"], r["num_records"] or 0) for r in rows]
    return sorted(found, key=lambda file: file.path)


def new_path(folder: Path, at: datetime, token: str, day: str | None = None) -> Path:
    """A name for a data file: its day, then the time of writing so that names sort by it.

    ``token`` begins with the version that the rows came after, which orders what one
    millisecond holds.
    """
    day = day or at.astimezone(UTC).date().isoformat()
    return folder / day / f"{int(at.timestamp() * 1000):013d}-{token}.parquet"


def written_at(path: Path) -> datetime:
    return datetime.fromtimestamp(int(path.name.partition("-")[0]) / 1000, UTC)


def add(written: parquet.Written, folder: Path, day: str, at: datetime, is_new: bool) -> AddAction:
    """The ``add`` action of a file."""
    return AddAction(
        written.path.relative_to(folder).as_posix(),
        written.size,
        {commits.DAY: day},
        int(at.timestamp() * 1000),
        is_new,
        written.stats,
    )


def _remove(file: Current, at: datetime, is_loss: bool) -> RemoveAction:
    at_ms = int(at.timestamp() * 1000)
    return RemoveAction(file.path, is_loss, at_ms, file.size, {commits.DAY: file.day})


def compact(table: Table, at: datetime, token: str) -> int:
    """Merge small files of each day; how many were merged away. 0 while somebody else does."""
    with table.lease(LEASE) as is_held:
        if not is_held:
            return 0
        delta = table.open()
        if delta is None:
            return 0
        merged = 0
        for number, group in enumerate(groups(current(delta))):
            merged += _merge(table, group, at, f"{token}{number:04x}")
        clean(table, at)
        return merged


def groups(files: Sequence[Current]) -> list[list[Current]]:
    """Runs of small files of one day that become one file each."""
    found: list[list[Current]] = []
    day, size = "", 0
    for file in files:
        if file.size >= SMALL_BYTES:
            continue
        if file.day != day or size + file.size > TARGET_BYTES or not found:
            found.append([])
            day, size = file.day, 0
        found[-1].append(file)
        size += file.size
    return [group for group in found if len(group) > 1]


def _merge(table: Table, group: Sequence[Current], at: datetime, token: str) -> int:
    """Replace files by one that holds the same rows in the same order."""
    delta = _present(table, table.open())
    there = {file.path for file in current(delta)}
    if not all(file.path in there for file in group):
        return 0
    rows = sum(file.rows for file in group)
    day = group[0].day
    first = Path(group[0].path)
    token = f"{first.name.split('-')[1]}-{token}"
    path = new_path(table.folder, written_at(first), token, day)
    paths = [table.folder / file.path for file in group]
    with translated(table.place):
        columns = _columns(table.dataset, paths)
        written = parquet.write(path, _row_groups(paths, columns), columns, rows)
    try:
        if written.rows != rows:
            raise StoreError(f"{table.place}: {written.rows} of {rows} rows read: not compacted")
        actions = [_remove(file, at, is_loss=False) for file in group]
        added = add(written, table.folder, day, at, is_new=False)
        table.commit(delta, [*actions, added], _next(delta), at)
    except StoreError as error:
        table.discard(path, delta.version())
        if isinstance(error, StoreUnavailable) and is_refused(error):
            log.info("compaction left to another", extra={"event.dataset": table.dataset})
            return 0
        raise
    return len(group)


def _present(table: Table, delta: DeltaTable | None) -> DeltaTable:
    if delta is None:
        raise StoreError(f"{table.place}: its folder vanished: see `soc doctor`")
    return delta


def _next(delta: DeltaTable) -> tuple[str, int]:
    return POSITION, (delta.transaction_version(POSITION) or 0) + 1


def _columns(dataset: str, paths: Sequence[Path]) -> pa.Schema:
    """The columns of any of the files, in the order of the schema; text as dictionaries."""
    found: dict[str, pa.DataType] = {}
    for path in paths:
        for field in pq.read_schema(path):
            found.setdefault(field.name, field.type)
    order = [name for name in schema.arrow(dataset).names if name in found]
    order += [name for name in found if name not in order]
    return pa.schema([(name, _encoded(found[name])) for name in order])


def _encoded(kind: pa.DataType) -> pa.DataType:
    return pa.dictionary(pa.int32(), kind) if kind in (pa.string(), pa.binary()) else kind


def _row_groups(paths: Sequence[Path], columns: pa.Schema) -> Iterator[pa.Table]:
    """Full row groups of the files one after the other; smaller ones where rows are large."""
    waiting: list[pa.Table] = []
    count = size = 0
    for path in paths:
        for table in _tables(path, columns):
            waiting.append(table)
            count, size = count + table.num_rows, size + table.nbytes
            if count >= parquet.GROUP_ROWS or size >= GROUP_BYTES:
                whole = _joined(waiting)
                yield whole.slice(0, parquet.GROUP_ROWS)
                waiting = [whole.slice(parquet.GROUP_ROWS)]
                count, size = waiting[0].num_rows, waiting[0].nbytes
    if count:
        yield _joined(waiting)


def _tables(path: Path, columns: pa.Schema) -> Iterator[pa.Table]:
    there = set(pq.read_schema(path).names)
    encoded = [f.name for f in columns if pa.types.is_dictionary(f.type) and f.name in there]
    with pq.ParquetFile(path, read_dictionary=encoded) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            table = pa.Table.from_batches([batch])
            for field in columns:
                if field.name not in table.column_names:
                    table = table.append_column(field, pa.nulls(table.num_rows, field.type))
            yield table.select(columns.names).cast(columns)


def _joined(tables: Sequence[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables).unify_dictionaries()


def retain(table: Table, before: datetime, at: datetime) -> int:
    """Drop the days of arrival that ended before a time; the number of rows dropped."""
    with table.locked(LEASE):
        delta = table.open()
        if delta is None:
            return 0
        files = [file for file in current(delta) if _has_ended(file.day, before)]
        if files:
            actions = [_remove(file, at, is_loss=True) for file in files]
            table.commit(delta, actions, _next(delta), at)
        clean(table, at)
        return sum(file.rows for file in files)


def _has_ended(day: str, before: datetime) -> bool:
    end = datetime.combine(date.fromisoformat(day) + timedelta(days=1), datetime.min.time(), UTC)
    return end <= before


def clean(table: Table, at: datetime) -> None:
    """Delete commits and files that were of use only before the time that is kept.

    A checkpoint older than that time is the new beginning: what lies before it goes, and every
    data file that neither it nor a later commit names. Hold the lease.
    """
    _checkpointed(table)
    begin = _beginning(table.folder, at - KEPT)
    if begin is None:
        return
    with translated(table.place):
        Times(table.folder).note(table.folder, begin)
        _delete_log(table.folder, begin)
        _delete_unused(table, begin, at - KEPT)


def _checkpointed(table: Table) -> None:
    """Make a checkpoint where none is near; quiet tables never come to one by themselves."""
    delta = table.open()
    newest = max(commits.checkpoints(table.folder), default=-CHECKPOINT_EVERY)
    if delta is not None and delta.version() - newest >= 10:
        table.checkpoint(delta)


def _beginning(folder: Path, before: datetime) -> int | None:
    """The newest checkpoint made of a commit older than the time, where that moves anything."""
    there = set(commits.versions(folder))
    for version in reversed(commits.checkpoints(folder)):
        if version in there and commits.read(folder, version).at < before:
            return version if min(there) < version else None
    return None


def _delete_log(folder: Path, begin: int) -> None:
    """Delete commits oldest first, before the files that only they name: a crash strands none."""
    for version in sorted({*commits.versions(folder), *commits.checkpoints(folder)}):
        if version < begin:
            commits.path_of(folder, version).unlink(missing_ok=True)
            commits.checkpoint_of(folder, version).unlink(missing_ok=True)


def _delete_unused(table: Table, begin: int, before: datetime) -> None:
    delta = _present(table, table.open(begin))
    used = {file.path for file in current(delta)}
    newest = commits.versions(table.folder)[-1]
    for version in range(begin + 1, newest + 1):
        used.update(added.path for added in commits.read(table.folder, version).adds)
    for path in table.folder.glob("*/*.parquet"):
        name = path.relative_to(table.folder).as_posix()
        if path.parent.name != "_delta_log" and name not in used and written_at(path) < before:
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # the folder of a day that has others stays
                path.parent.rmdir()


def facts(delta: DeltaTable) -> list[dict[str, Any]]:
    """Rows, size and bounds of each current file, by Delta's names."""
    rows: list[dict[str, Any]] = pa.table(delta.get_add_actions(flatten=True)).to_pylist()
    return rows

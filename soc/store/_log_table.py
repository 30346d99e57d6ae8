"""One Delta table of the event log: opened, kept fresh, evolved, committed to, durably."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Schema
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction, Transaction

from soc import schema
from soc.errors import StoreError, StoreUnavailable
from soc.store import _log_commits as commits
from soc.store._log_errors import translated
from soc.store._log_parquet import make_folder, sync_file, sync_folder

log = logging.getLogger(__name__)

REOPEN_EVERY = 50  # versions; an older handle makes every commit slower
REOPEN_AFTER_S = 3_600.0
CHECKPOINT_EVERY = 100  # versions
LOCK_TIMEOUT_S = 60.0
_NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
_RANDOM = secrets.SystemRandom()


def pause(longest_s: float) -> None:
    """Sleep a random part of the time, so that writers do not meet again."""
    time.sleep(_RANDOM.uniform(longest_s / 10, longest_s))


class Handle:
    """An open table, brought up to date on each use; one thread at a time holds ``mutex``."""

    def __init__(self, table: Table) -> None:
        self.mutex = threading.RLock()
        self._table = table
        self._delta: DeltaTable | None = None
        self._opened_version = 0
        self._opened_s = 0.0
        self._looked_ns: int | None = None  # change of the folder of commits at the last look

    def fresh(self) -> DeltaTable | None:
        """The table as it is now; None where it was never made."""
        delta = self._delta
        if delta is not None and not self._is_old(delta):
            try:
                self._catch_up(delta)
            except (DeltaError, OSError):
                self.forget()
            else:
                return delta
        self._looked_ns = None
        self._delta = delta = self._table.open()
        if delta is not None:
            self._opened_version, self._opened_s = delta.version(), time.monotonic()
        return delta

    def _catch_up(self, delta: DeltaTable) -> None:
        """Read the commits since; two looks at the folder tell where there are none.

        Its time of change may stand still within a tick of the clock, so the next commit is
        looked for by name too.
        """
        changed_ns = commits.changed_ns(self._table.folder)
        is_next = commits.path_of(self._table.folder, delta.version() + 1).exists()
        if is_next or changed_ns != self._looked_ns:
            delta.update_incremental()
            self._looked_ns = changed_ns

    def forget(self) -> None:
        """Open anew on the next use."""
        self._delta = None

    def _is_old(self, delta: DeltaTable) -> bool:
        return (
            delta.version() - self._opened_version >= REOPEN_EVERY
            or time.monotonic() - self._opened_s >= REOPEN_AFTER_S
        )


class Table:
    """The table of one dataset; ``reader`` and ``writer`` are separate, so that neither waits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.dataset = folder.name
        self.place = f"event log {folder.name}"
        self.reader = Handle(self)
        self.writer = Handle(self)
        self._is_evolved = False

    def open(self, version: int | None = None) -> DeltaTable | None:
        """A handle of its own; a commit that was cut short by a loss of power is put aside."""
        if not (self.folder / "_delta_log").is_dir():
            return None
        with translated(self.place):
            try:
                delta = DeltaTable(self.folder, version)
            except TableNotFoundError:
                return self._reopened(version, None)
            except DeltaError as error:
                return self._reopened(version, error)
            if version is None and commits.is_torn(self.folder, delta.version()):
                return self._reopened(version, None)
            return delta

    def _reopened(self, version: int | None, error: DeltaError | None) -> DeltaTable | None:
        with self.locked("commit"):
            repaired = commits.repair(self.folder)
        if error is not None and not repaired:
            raise error
        try:
            return DeltaTable(self.folder, version)
        except TableNotFoundError:
            return None

    def ready(self, at: datetime) -> DeltaTable:
        """The writer's handle; table and columns are made where the schema has more."""
        delta = self.writer.fresh()
        if delta is not None and self._is_evolved:
            return delta
        with translated(self.place), self.locked("commit"):
            delta = self.writer.fresh() or self._created(at)
            if self._evolve(delta, at):
                self.writer.forget()
        self._is_evolved = True
        delta = self.writer.fresh()
        if delta is None:
            raise StoreError(f"{self.place}: its folder vanished: see `soc doctor`")
        return delta

    def _created(self, at: datetime) -> DeltaTable:
        make_folder(self.folder)
        columns = schema.arrow(self.dataset).append(pa.field(commits.DAY, pa.string()))
        delta = DeltaTable.create(
            self.folder,
            columns,
            mode="ignore",
            partition_by=[commits.DAY],
            configuration={"delta.dataSkippingNumIndexedCols": "2"},
            commit_properties=CommitProperties(custom_metadata=_metadata(at, 2)),
        )
        self._sync(delta.version())
        return delta

    def _evolve(self, delta: DeltaTable, at: datetime) -> bool:
        """Add the columns that the schema has and the table has not; hold the lock.

        True where there were any: a handle opened before knows them not.
        """
        there = {field.name for field in delta.schema().fields}
        missing = [f for f in schema.arrow(self.dataset) if f.name not in there]
        if not missing:
            return False
        delta.alter.add_columns(
            Schema.from_arrow(pa.schema(missing)).fields,
            commit_properties=CommitProperties(custom_metadata=_metadata(at, 1)),
            post_commithook_properties=_NO_HOOKS,
        )
        delta.update_incremental()
        self._sync(delta.version())
        return True

    def commit(
        self,
        delta: DeltaTable,
        actions: Sequence[AddAction | RemoveAction],
        position: tuple[str, int],
        at: datetime,
    ) -> int:
        """Commit actions with a position, durably; the version that holds them.

        ``delta`` is the handle that the position was read with: a position that moved since
        is refused. An error that came after the commit is no error.

        Raises:
            StoreUnavailable: refused or no room; ``is_refused`` tells. Nothing was committed.
        """
        base, mark = delta.version(), secrets.token_hex(8)
        with translated(self.place), self.locked("commit"):
            try:
                delta.create_write_transaction(
                    list(actions),
                    "append",
                    delta.schema(),
                    [commits.DAY],
                    commit_properties=_properties(mark, at, len(actions) + 1, position),
                    post_commithook_properties=_NO_HOOKS,
                )
            except Exception as error:
                version = self._find(mark, base)
                if version is None:
                    raise
                log.warning("error after the commit", extra={"error.message": str(error)})
            else:
                version = self._find(mark, base)
                if version is None:
                    raise StoreError(f"{self.place}: its commit is not there: see `soc doctor`")
            self._sync(version)
        return version

    def _find(self, mark: str, base: int) -> int | None:
        """The version made by this try, if it was made."""
        version = base
        while True:
            version += 1
            try:
                if commits.read(self.folder, version).mark == mark:
                    return version
            except FileNotFoundError:
                return None
            except commits.Torn:
                continue

    def discard(self, path: Path, since: int) -> None:
        """Delete a data file, unless a commit after a version names it or that is not sure."""
        name = path.relative_to(self.folder).as_posix()
        with contextlib.suppress(OSError, StoreError):
            version = since + 1
            while commits.path_of(self.folder, version).exists():
                if any(added.path == name for added in commits.read(self.folder, version).adds):
                    return
                version += 1
            path.unlink(missing_ok=True)

    def _sync(self, version: int) -> None:
        sync_file(commits.path_of(self.folder, version))
        sync_folder(self.folder / "_delta_log")
        if version == 0:
            sync_folder(self.folder)

    def checkpoint(self, delta: DeltaTable) -> None:
        """Make opening fast; a failure loses nothing, the commits are there."""
        try:
            delta.update_incremental()
            delta.create_checkpoint()
            folder = self.folder / "_delta_log"
            sync_file(commits.checkpoint_of(self.folder, delta.version()))
            sync_file(folder / "_last_checkpoint")
            sync_folder(folder)
        except (DeltaError, OSError) as error:
            log.warning(
                "no checkpoint was made",
                extra={"event.dataset": self.dataset, "error.message": str(error)},
            )

    @contextlib.contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold a lock of this table against other processes and threads.

        Raises:
            StoreUnavailable: somebody holds it for longer than a minute.
        """
        deadline_s = time.monotonic() + LOCK_TIMEOUT_S
        while True:
            with self.lease(name) as is_held:
                if is_held:
                    yield
                    return
            if time.monotonic() >= deadline_s:
                raise StoreUnavailable(f"{self.place}: locked by another process: run it again")
            pause(0.02)

    @contextlib.contextmanager
    def lease(self, name: str) -> Iterator[bool]:
        """Try to hold a lock; False where somebody else holds it. The system frees it at death."""
        path = self.folder.parent / f".{self.dataset}.{name}.lock"
        with translated(self.place):
            make_folder(self.folder.parent)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)


def _properties(mark: str, at: datetime, lines: int, position: tuple[str, int]) -> CommitProperties:
    return CommitProperties(
        custom_metadata={commits.MADE: mark, **_metadata(at, lines)},
        app_transactions=[Transaction(position[0], position[1])],
    )


def _metadata(at: datetime, lines: int) -> dict[str, Any]:
    return {commits.AT: int(at.timestamp() * 1000), commits.ACTIONS: lines}


def is_refused(error: StoreUnavailable) -> bool:
    """True where Delta refused a commit since somebody else committed first."""
    return isinstance(error.__cause__, CommitFailedError)

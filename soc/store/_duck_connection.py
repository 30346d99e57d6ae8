"""The connection to DuckDB, and its errors in the words of ``soc.errors``."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from threading import Lock
from typing import Any

import duckdb
import pyarrow as pa

from soc.errors import StoreError, StoreUnavailable
from soc.store import _duck_literal as sql

BATCH_ROWS = 65_536

_PASSING = (
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.ResourceInUseException,
    duckdb.InterruptException,
    duckdb.TransactionException,
)


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Errors of DuckDB and Arrow become ours, with the place named; bugs pass through."""
    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise translate(error, place) from error


def translate(error: Exception, place: str) -> StoreError:
    """The error of ours for one of theirs."""
    line = " ".join(str(error).split())[:300] or type(error).__name__
    if isinstance(error, duckdb.OutOfMemoryException) or line.startswith("Out of Memory"):
        return StoreUnavailable(f"{place}: {line}: raise store.memory_limit or ask less at once")
    if _is_passing(error, line):
        return StoreUnavailable(f"{place}: {line}: run it again, then see `soc doctor`")
    return StoreError(f"{place}: {line}: see `soc doctor`")


def _is_passing(error: Exception, line: str) -> bool:
    """While rows are streamed Arrow carries DuckDB's errors, as an OSError without number."""
    if isinstance(error, OSError):
        return error.errno is not None or line.startswith("IO Error")
    return isinstance(error, _PASSING)


class Database:
    """A database in memory that can read the files of one folder and nothing else.

    It is opened by the first question (15 ms) and closed by ``close``, at the latest when the
    process ends. Questions may be asked from several threads.
    """

    def __init__(self, folder: Path, memory_limit: str, threads: int) -> None:
        self._folder = folder
        self._config = {"memory_limit": memory_limit, "threads": threads, **_CLOSED}
        self._lock = Lock()
        self._opened: weakref.finalize[..., Database] | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None

    def stream(self, text: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The rows of a statement with the columns and types of the schema, as they are made.

        Raises:
            StoreError: DuckDB refuses; StoreUnavailable where a repetition may help.
        """
        with translated("duckdb"), closing(self._cursor()) as cursor:
            try:
                with closing(cursor.sql(text).to_arrow_reader(BATCH_ROWS)) as reader:
                    for batch in reader:
                        yield batch.cast(schema)
            except (duckdb.FatalException, duckdb.InternalException):
                self.close()  # the database answers nothing after these
                raise

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._connection is None:
                spill = mkdtemp(prefix="soc-duckdb-")
                self._connection = _connect(self._folder, {**self._config, _SPILL: spill})
                self._opened = weakref.finalize(self, _close, self._connection, spill)
            return self._connection.cursor()

    def close(self) -> None:
        """Nothing is open any more; the next question opens it again."""
        with self._lock:
            if self._opened is not None:
                self._opened()
            self._connection = self._opened = None


_SPILL = "temp_directory"  # of this database alone: two would overwrite each other's files
_CLOSED = {
    "python_enable_replacements": False,
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
}


def _close(connection: duckdb.DuckDBPyConnection, spill: str) -> None:
    connection.close()
    rmtree(spill, ignore_errors=True)


def _connect(folder: Path, config: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:", config=dict(config))
    for setting in (
        "SET TimeZone = 'UTC'",
        f"SET allowed_directories = [{sql.string(str(folder))}]",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        connection.execute(setting)
    return connection

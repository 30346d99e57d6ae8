"""The connection to DuckDB, and its errors in the words of ``soc.errors``."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import gettempdir
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
    if isinstance(error, duckdb.OutOfMemoryException):
        return StoreUnavailable(f"{place}: {line}: raise store.memory_limit or ask less at once")
    if isinstance(error, (*_PASSING, OSError)):
        return StoreUnavailable(f"{place}: {line}: run it again, then see `soc doctor`")
    return StoreError(f"{place}: {line}: see `soc doctor`")


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
                self._connection = _connect(self._folder, self._config)
                self._opened = weakref.finalize(self, self._connection.close)
            return self._connection.cursor()

    def close(self) -> None:
        """Nothing is open any more; the next question opens it again."""
        with self._lock:
            if self._opened is not None:
                self._opened()
            self._connection = self._opened = None


_CLOSED = {
    "temp_directory": gettempdir() + "/soc-duckdb",
    "python_enable_replacements": False,
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
}


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

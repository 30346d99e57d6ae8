"""Connections to DuckDB that can read the files of one question and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import gettempdir

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


def stream(
    text: str, paths: Sequence[Path], schema: pa.Schema, memory_limit: str, threads: int
) -> Iterator[pa.RecordBatch]:
    """The rows of a statement with the columns and types of the schema, in bounded memory."""
    with closing(_connect(paths, memory_limit, threads)) as connection:
        reader = connection.sql(text).to_arrow_reader(BATCH_ROWS)
        with closing(reader):
            for batch in reader:
                yield batch.cast(schema)


def _connect(paths: Sequence[Path], memory_limit: str, threads: int) -> duckdb.DuckDBPyConnection:
    """An empty database in memory: no extension is loaded, no other file can be opened."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": memory_limit,
            "threads": threads,
            "temp_directory": gettempdir() + "/soc-duckdb",
            "python_enable_replacements": False,
            "autoload_known_extensions": False,
            "autoinstall_known_extensions": False,
            "allow_community_extensions": False,
            "allow_persistent_secrets": False,
        },
    )
    allowed = ", ".join(sql.string(str(path)) for path in paths)
    for setting in (
        "SET TimeZone = 'UTC'",
        f"SET allowed_paths = [{allowed}]",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        connection.execute(setting)
    return connection

"""``soc.store._duck_connection``: one closed database, and errors in our words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from soc.errors import StoreError, StoreUnavailable
from soc.store._duck_connection import Database, translate, translated

ONE = pa.schema([("a", pa.int64())])


def _exceptions(parent: type[duckdb.Error] = duckdb.Error) -> Iterator[type[duckdb.Error]]:
    yield parent
    for child in parent.__subclasses__():
        yield from _exceptions(child)


@pytest.mark.parametrize("foreign", list(_exceptions()), ids=lambda kind: kind.__name__)
def test_every_exception_of_duckdb_becomes_ours(foreign: type[duckdb.Error]) -> None:
    with pytest.raises(StoreError, match=r"^here: .*: .*") as caught, translated("here"):
        raise foreign("word\nof it")

    assert isinstance(caught.value.__cause__, foreign)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "foreign",
    [
        duckdb.OutOfMemoryException("x"),
        duckdb.IOException("x"),
        OSError("Out of Memory Error: x"),
        OSError("IO Error: x"),
        OSError(28, "No space left on device"),
    ],
    ids=repr,
)
def test_what_may_pass_may_be_tried_again(foreign: Exception) -> None:
    assert isinstance(translate(foreign, "here"), StoreUnavailable)


@pytest.mark.parametrize(
    "foreign", [pa.ArrowInvalid("x"), OSError("Conversion Error: x"), duckdb.BinderException("x")]
)
def test_what_stays_is_not_tried_again(foreign: Exception) -> None:
    assert not translate(foreign, "here").can_retry


def test_bugs_pass_through() -> None:
    with pytest.raises(ZeroDivisionError), translated("here"):
        raise ZeroDivisionError


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    (tmp_path / "inside").mkdir()
    (tmp_path / "outside.csv").write_text("a\n1\n")
    (tmp_path / "inside" / "x.csv").write_text("a\n1\n")
    found = Database(tmp_path / "inside", "128MB", 2)
    yield found
    found.close()


def test_files_of_the_folder_can_be_read(database: Database, tmp_path: Path) -> None:
    text = f"SELECT a FROM read_csv('{tmp_path}/inside/x.csv')"  # noqa: S608 - our own path

    assert [batch.to_pylist() for batch in database.stream(text, ONE)] == [[{"a": 1}]]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a FROM read_csv('{0}/outside.csv')",
        "SELECT a FROM read_csv('{0}/inside/../outside.csv')",
        "SELECT 1 AS a FROM read_text('/etc/hostname')",
        "COPY (SELECT 1 AS a) TO '{0}/outside2.csv'",
        "ATTACH '{0}/other.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SELECT a FROM ONE",
    ],
)
def test_nothing_else_can_be_reached(database: Database, tmp_path: Path, text: str) -> None:
    with pytest.raises(StoreError):
        list(database.stream(text.format(tmp_path), ONE))


def test_an_error_in_mid_stream_is_ours(database: Database) -> None:
    value = "CASE WHEN i > 400000 THEN 'x' ELSE i::VARCHAR END"
    text = f"SELECT ({value})::BIGINT AS a FROM range(500000) t(i)"  # noqa: S608 - our own text

    with pytest.raises(StoreError, match="Conversion Error"):
        list(database.stream(text, ONE))


def test_a_statement_beyond_the_memory_spills(database: Database) -> None:
    text = "SELECT i AS a FROM range(2000000) t(i) ORDER BY md5(i::VARCHAR)"

    assert sum(batch.num_rows for batch in database.stream(text, ONE)) == 2_000_000


def test_a_database_that_died_is_opened_anew(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    cursor = database._cursor()

    class Dying:
        def sql(self, text: str) -> None:
            raise duckdb.FatalException("database has been invalidated")

        def close(self) -> None:
            cursor.close()

    with monkeypatch.context() as patched:
        patched.setattr(database, "_cursor", Dying)
        with pytest.raises(StoreError, match="invalidated"):
            next(database.stream("SELECT 1::BIGINT AS a", ONE))

    assert database._connection is None
    assert next(database.stream("SELECT 1::BIGINT AS a", ONE)).num_rows == 1


def test_nothing_is_left_of_a_closed_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    database = Database(tmp_path, "64MB", 1)
    list(database.stream("SELECT 1::BIGINT AS a", ONE))
    database.close()

    assert list(tmp_path.iterdir()) == []

"""``soc.store._duck_literal``: values survive the way through SQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc.schema import Type, arrow_type
from soc.store import _duck_literal as sql
from soc.store._duck_connection import Database


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    found = Database(tmp_path_factory.mktemp("empty"), "64MB", 1)
    yield found
    found.close()


def _back(database: Database, literal: str, kind: Type) -> Any:
    schema = pa.schema([("x", arrow_type(kind))])
    text = f"SELECT {literal} AS x"
    return next(database.stream(text, schema)).to_pylist()[0]["x"]


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_comes_back(database: Database, text: str) -> None:
    assert _back(database, sql.string(text), Type.TEXT) == text


@pytest.mark.parametrize(
    "text", ["'", "''", "\\", "\\'", "'; SELECT 1; --", "\0", "$$", '"', "\r\n"]
)
def test_a_hostile_text_comes_back(database: Database, text: str) -> None:
    assert _back(database, sql.string(text), Type.TEXT) == text


@given(raw=st.binary(max_size=16))
def test_bytes_come_back(database: Database, raw: bytes) -> None:
    assert _back(database, sql.blob(raw), Type.TWIN) == raw


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_a_fraction_comes_back(database: Database, value: float) -> None:
    assert _back(database, sql.number(value), Type.DOUBLE) == value


@given(value=st.integers(-(1 << 63), (1 << 63) - 1))
def test_a_whole_number_comes_back(database: Database, value: int) -> None:
    assert _back(database, sql.number(value), Type.LONG) == value


@given(at=st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001
def test_an_instant_comes_back(database: Database, at: datetime) -> None:
    assert _back(database, sql.instant(at), Type.DATE) == at


@pytest.mark.parametrize("kind", Type)
def test_absent_has_a_type(database: Database, kind: Type) -> None:
    assert _back(database, sql.null(kind), kind) is None


def test_a_name_with_quotes_is_one_name(database: Database) -> None:
    name = 'a"."b'
    schema = pa.schema([(name, pa.int64())])

    found = next(database.stream(f"SELECT 1::BIGINT AS {sql.name(name)}", schema))

    assert found.schema.names == [name]


def test_a_lone_surrogate_cannot_be_stored() -> None:
    assert not sql.is_storable("a\ud800")


@pytest.mark.parametrize("count", [1, 2, 3, 1_000])
def test_joined_parts_are_balanced(count: int) -> None:
    text = sql.joined(["x"] * count, "OR")
    depth = [text[: n + 1].count("(") - text[: n + 1].count(")") for n in range(len(text))]

    assert text.count("x") == count
    assert max(depth) <= count.bit_length()

"""``soc.store._duck_relation``: folding in SQL is ``soc.fold``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from soc.fold import NEW, fold
from soc.store._duck_connection import Database
from soc.store._duck_relation import folded

PAIRS = pa.schema([("text", pa.string()), ("lower", pa.string()), ("folded", pa.string())])
EVERY = (
    f"SELECT chr(i::INTEGER) AS text, lower(text) AS lower, {folded('text')} AS folded "  # noqa: S608
    "FROM range(1, 1114112) t(i) WHERE i NOT BETWEEN 55296 AND 57343"
)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[dict[str, str]]]:
    """Every code point but NUL and the surrogates, as DuckDB folds it."""
    database = Database(tmp_path_factory.mktemp("empty"), "256MB", 2)
    yield [row for batch in database.stream(EVERY, PAIRS) for row in batch.to_pylist()]
    database.close()


def test_the_folding_in_sql_is_ours_for_every_code_point(rows: list[dict[str, str]]) -> None:
    assert len(rows) == 0x110000 - 2_048 - 1
    assert [row["text"] for row in rows if row["folded"] != fold(row["text"])] == []


def test_lower_alone_differs_in_the_new_letters_only(rows: list[dict[str, str]]) -> None:
    assert {ord(r["text"]) for r in rows if r["lower"] != fold(r["text"])} == NEW.keys()


def test_the_folding_in_sql_has_no_context(tmp_path: Path) -> None:
    database = Database(tmp_path, "64MB", 1)
    text = "ΟΔΟΣ ΑΣ. İI \ua7cbΣ"
    found = next(
        database.stream(
            f"SELECT x AS text, x AS lower, {folded('x')} AS folded FROM (SELECT '{text}' AS x)",  # noqa: S608
            PAIRS,
        )
    )
    database.close()

    assert found.to_pylist()[0]["folded"] == fold(text)

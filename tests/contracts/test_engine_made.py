"""Made filters and questions: every engine answers as the Python reference does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soc.errors import StoreError
from soc.query import Aggregate, Select
from soc.where import Where
from tests.contracts import engine_made as made
from tests.contracts.engines import ENGINES, Asked, Python, Row

OTHERS = [name for name in ENGINES if name != "python"]
ROWS = {dataset: made.rows(dataset, 120, seed=7) for dataset in made.COLUMNS}
ID = ("soc.record",)


@pytest.fixture(scope="module", params=OTHERS)
def engines(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Asked]:
    """Each engine but the reference, with the made rows of each dataset."""
    place = tmp_path_factory.mktemp("made")
    return {
        name: ENGINES[request.param](_folder(place / name), name, rows)
        for name, rows in ROWS.items()
    }


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _ids(rows: Sequence[Row]) -> list[int]:
    return sorted(row["soc.record"] for row in rows)


@pytest.mark.parametrize("dataset", made.COLUMNS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_made_filters_hold_for_the_same_rows(
    engines: dict[str, Asked], dataset: str, data: st.DataObject
) -> None:
    wheres = dict(enumerate(data.draw(st.lists(made.wheres(dataset), min_size=1, max_size=8))))
    named = {str(number): where for number, where in wheres.items()}
    query = Select(dataset, columns=ID)

    found = engines[dataset].match(query, named)

    expected = Python(ROWS[dataset]).match(query, named)
    assert {name: _ids(rows) for name, rows in found.items()} == {
        name: _ids(rows) for name, rows in expected.items()
    }


@pytest.mark.parametrize("dataset", made.COLUMNS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_made_select_finds_the_same_rows(
    engines: dict[str, Asked], dataset: str, data: st.DataObject
) -> None:
    where: Where = data.draw(made.wheres(dataset))
    query = Select(dataset, where, ID)

    found = engines[dataset].select(query)

    assert _ids(found) == _ids(Python(ROWS[dataset]).select(query))


@settings(max_examples=120, deadline=None)
@given(query=made.aggregates())
def test_a_made_aggregate_gives_the_same_groups(
    engines: dict[str, Asked], query: Aggregate
) -> None:
    try:
        expected = Python(ROWS["flow"]).aggregate(query)
    except StoreError:
        with pytest.raises(StoreError):
            engines["flow"].aggregate(query)
        return

    found = engines["flow"].aggregate(query)

    assert len(found) == len(expected)
    assert all(_same(row, other) for row, other in zip(found, expected, strict=True))


def _same(row: dict[str, Any], other: dict[str, Any]) -> bool:
    return list(row) == list(other) and all(_close(row[name], other[name]) for name in row)


def _close(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float | int):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return bool(one == other)

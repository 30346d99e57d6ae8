"""Every engine gives the same answer to every question."""

from __future__ import annotations

from pathlib import Path

import pytest

from soc.query import Select
from tests.contracts.engine_case import Case
from tests.contracts.engine_cases import CASES
from tests.contracts.engines import ENGINES, Make, numbered


@pytest.fixture(params=ENGINES)
def make(request: pytest.FixtureRequest) -> Make:
    """Each engine in turn."""
    return ENGINES[request.param]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_filter_means_the_same_on_every_engine(make: Make, case: Case, tmp_path: Path) -> None:
    asked = make(tmp_path, case.dataset, numbered(case.rows))

    found = asked.select(Select(case.dataset, case.where, ("soc.record",)))

    assert {row["soc.record"] for row in found} == case.expected

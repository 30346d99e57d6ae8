from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from soc.records import Author, revised
from soc.records.unit import Unit

UNIT = Unit(
    id="lt-unit-1",
    state="active",
    at=datetime(2026, 3, 18, tzinfo=UTC),
    author=Author(login="tester"),
    name="区教育局",
)


def test_revised_makes_what_replace_makes_and_leaves_the_record_alone() -> None:
    assert revised(UNIT, name="区卫健局", revision=2) == replace(UNIT, name="区卫健局", revision=2)
    assert UNIT.name == "区教育局"


def test_a_field_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TypeError, match="nmae"):
        revised(UNIT, nmae="区卫健局")

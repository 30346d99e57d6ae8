from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors._ledger_dates import day
from collectors._ledger_problem import Problem
from collectors._ledger_text import Cell


@pytest.mark.parametrize(
    "cell",
    [
        date(2020, 3, 1),
        datetime(2020, 3, 1, 8, 30),  # noqa: DTZ001 - as a workbook gives it
        43891,
        43891.0,
        "43891",
        "2020.3.1",
        "2020-03-01",
        "2020/3/1",
        "20200301",
        "2020年3月1日",
        "２０２０年３月１日",
        "2020-03-01 00:00:00",
    ],
)
def test_a_day_is_read_in_every_form(cell: Cell) -> None:
    found = day(cell)

    assert found is not None
    assert (found.day, found.is_exact) == (date(2020, 3, 1), True)


@pytest.mark.parametrize("cell", ["2020年3月", "2020.3", "2020-03"])
def test_a_month_is_its_first_day_and_not_exact(cell: str) -> None:
    found = day(cell)

    assert found is not None
    assert (found.day, found.is_exact) == (date(2020, 3, 1), False)


@pytest.mark.parametrize("cell", [None, "", "无", "/", "待定"])
def test_a_blank_is_no_day(cell: Cell) -> None:
    assert day(cell) is None


@pytest.mark.parametrize("cell", ["2020.13.1", "明年", "2021-02-30", 7.0])
def test_what_is_no_day_is_told(cell: Cell) -> None:
    with pytest.raises(Problem):
        day(cell)


@settings(max_examples=100)
@given(st.text(max_size=14) | st.text(alphabet="0123456789年月日.-/ ", max_size=14) | st.floats())
def test_any_cell_is_read_or_refused(cell: str | float) -> None:
    try:
        found = day(cell)
    except Problem:
        return

    assert found is None or found.day.year >= 1

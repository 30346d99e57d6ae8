"""Rows of a sheet: canonical, on one line, no formula."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.blocklists import Entry, _sheet
from soc.errors import InputError
from soc.net import network

NOW = datetime(2026, 3, 18, 1, tzinfo=UTC)


def test_a_row_has_a_cell_for_each_title() -> None:
    (row,) = _sheet.rows([Entry(network("203.0.113.7"))], NOW)

    assert len(row) == len(_sheet.header()) == len(_sheet.WIDTHS)
    assert row[_sheet.PLACE] == "203.0.113.7"


@given(st.text(max_size=20))
def test_any_text_is_neutral_on_one_line_and_stays_so(text: str) -> None:
    found = _sheet.neutral(text)

    assert not found.startswith(tuple("=+-@＝＋－＠\t\r\n"))
    assert len(found.splitlines()) <= 1
    assert _sheet.neutral(found) == found


@pytest.mark.parametrize("cell", ["2001:DB8::1", "203.0.113.7/32", "203.0.113.1/24", "x", ""])
def test_a_cell_in_another_form_is_refused(cell: str) -> None:
    with pytest.raises(InputError):
        _sheet.written(cell, "row 1")

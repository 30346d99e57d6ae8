from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc.errors import StoreError
from soc.records import check_transition, make_id, number
from soc.records.contact import Contact
from tests.soc.records.samples import by


def test_an_id_names_site_kind_and_parts() -> None:
    assert (
        make_id("440306", "block", "203.0.113.7/32", "source", None)
        == "440306-block-280cc32cd240db88"
    )


@given(st.lists(st.one_of(st.none(), st.text()), max_size=3), st.lists(st.text(), max_size=3))
def test_other_parts_are_another_id(parts: list[str | None], others: list[str]) -> None:
    same = [*parts] == [*others]

    assert (make_id("lt", "zone", *parts) == make_id("lt", "zone", *others)) is same


def test_numbers_are_read_as_series_year_and_count() -> None:
    assert number("ZG", 2026, 7) == "ZG-2026-007"
    assert number("ZG", 2026, 1234) == "ZG-2026-1234"


def test_an_unknown_state_is_refused_with_those_that_there_are() -> None:
    gone = Contact(**by(), state="gone", name="林")

    with pytest.raises(StoreError, match="contact x1: state 'gone': use one of active, left"):
        check_transition(None, gone)


def test_a_record_may_stay_in_its_state() -> None:
    before = Contact(**by(), state="left", name="林")

    check_transition(before, Contact(**by("zhou"), state="left", name="周"))

"""``soc.query``: what a store is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from soc.query import Period, Window

NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)


def test_a_period_needs_aware_times() -> None:
    with pytest.raises(ValueError, match="aware"):
        Period(NOON, NOON.replace(tzinfo=None))


def test_a_period_does_not_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="ends before"):
        Period(NOON, NOON - timedelta(seconds=1))


def test_a_period_may_be_empty() -> None:
    assert Period(NOON, NOON).start == NOON


@pytest.mark.parametrize(
    ("after", "upto", "is_empty"),
    [
        ({}, {}, True),
        ({}, {"a": -1}, True),
        ({}, {"a": 0}, False),
        ({"a": 3}, {"a": 3}, True),
        ({"a": 3}, {"a": 4}, False),
        ({"a": 3}, {"a": 3, "b": 0}, False),
        ({"a": 3, "b": 9}, {"a": 3}, True),
    ],
)
def test_a_window_is_empty_when_no_origin_moved(
    after: dict[str, int], upto: dict[str, int], is_empty: bool
) -> None:
    assert Window(after, upto).is_empty is is_empty

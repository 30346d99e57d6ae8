"""``soc._aggregate`` over records and odd rows; events are in tests/contracts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from soc import _aggregate
from soc.errors import StoreError
from soc.query import Aggregate, Bucket, Measure, Order, Period, Select
from soc.where import EVERYTHING, Equals, Range

NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)
ALERTS: list[dict[str, object]] = [
    {"id": "a", "severity": 4, "first_seen": NOON, "techniques": ["T1190", "T1059"]},
    {"id": "b", "severity": 2, "first_seen": NOON, "techniques": ["T1190"]},
    {"id": "c", "first_seen": NOON},
]
COUNT = Measure("n", "count")


def test_rows_without_columns_asked_for_come_whole() -> None:
    query = Select("record.alert", Equals("id", "a"))

    assert list(_aggregate.select(query, ALERTS)) == [ALERTS[0]]


def test_records_are_ordered_by_any_field() -> None:
    query = Select("record.alert", columns=("id",), order=(Order("severity"),))

    assert [row["id"] for row in _aggregate.select(query, ALERTS)] == ["b", "a", "c"]


def test_records_are_grouped_by_the_elements_of_lists() -> None:
    query = Aggregate("record.alert", (COUNT, Measure("top", "max", "severity")), ("techniques",))

    assert _aggregate.aggregate(query, ALERTS) == [
        {"techniques": "T1059", "n": 1, "top": 4},
        {"techniques": "T1190", "n": 2, "top": 4},
        {"techniques": None, "n": 1, "top": None},
    ]


def test_records_fall_into_bins_of_a_date() -> None:
    query = Aggregate(
        "record.alert", (COUNT,), bucket=Bucket(86_400, "first_seen", "Asia/Shanghai")
    )

    assert _aggregate.aggregate(query, ALERTS) == [
        {"bucket": datetime(2026, 3, 17, 16, tzinfo=UTC), "n": 3}
    ]


def test_having_sees_the_groups_of_records() -> None:
    query = Aggregate("record.alert", (COUNT,), ("techniques",), having=Range("n", 2))

    assert _aggregate.aggregate(query, ALERTS) == [{"techniques": "T1190", "n": 2}]


def test_records_have_no_period() -> None:
    query = Select("record.alert", period=Period(NOON, NOON))

    with pytest.raises(StoreError, match="no event time"):
        _aggregate.select(query, ALERTS)


MIXED: list[dict[str, object]] = [{"mixed": 1}, {"mixed": "x"}]


def test_values_of_several_sorts_have_no_order() -> None:
    query = Select("record.alert", order=(Order("mixed"),))

    with pytest.raises(StoreError, match="several sorts"):
        _aggregate.select(query, MIXED)


def test_values_of_several_sorts_have_no_greatest() -> None:
    query = Aggregate("record.alert", (Measure("m", "max", "mixed"),))

    with pytest.raises(StoreError, match="several sorts"):
        _aggregate.aggregate(query, MIXED)


def test_a_select_without_order_takes_no_more_rows_than_it_needs() -> None:
    taken: list[int] = []

    def rows() -> Iterator[dict[str, object]]:
        for number in range(100):
            taken.append(number)
            yield {"source.port": number}

    query = Select("flow", EVERYTHING, ("source.port",), limit=2)

    assert len(list(_aggregate.select(query, rows()))) == 2
    assert taken == [0, 1]


def test_a_later_appended_row_wins_by_time_then_by_number() -> None:
    rows: list[dict[str, object]] = [
        {"soc.usage.key": "a", "event.ingested": NOON, "soc.record": 9, "soc.usage.flows": 1},
        {"soc.usage.key": "a", "event.ingested": None, "soc.record": 99, "soc.usage.flows": 2},
        {"soc.usage.key": "a", "event.ingested": NOON, "soc.record": 8, "soc.usage.flows": 3},
    ]
    query = Select("usage", columns=("soc.usage.flows",), latest_by="soc.usage.key")

    assert list(_aggregate.select(query, rows)) == [{"soc.usage.flows": 1}]

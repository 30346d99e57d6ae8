"""Every engine selects and orders alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from soc.errors import StoreError
from soc.query import Function, Measure, Order, Period, Select
from soc.where import Cidr, Equals, Not, Prefix, Range, Where
from tests.contracts.engines import ENGINES, START, Asked, numbered

Make = Callable[..., Asked]
COUNT = Measure("n", "count")
FUNCTIONS = get_args(Function)


@pytest.fixture(params=ENGINES)
def ask(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Each engine in turn, over rows of a dataset."""

    def made(dataset: str, *rows: dict[str, Any]) -> Asked:
        return ENGINES[request.param](tmp_path, dataset, numbered(rows))

    return made


def _ports(asked: Asked, query: Select) -> list[Any]:
    return [row["source.port"] for row in asked.select(query)]


def test_columns_come_in_the_order_asked_for(ask: Make) -> None:
    asked = ask("flow", {"source.port": 1})

    found = asked.select(Select("flow", columns=("source.port", "event.id", "soc.tos")))

    assert list(found[0].items()) == [
        ("source.port", 1),
        ("event.id", "fffffffffffffffb0000000000000001"),
        ("soc.tos", None),
    ]


def test_a_period_is_half_open(ask: Make) -> None:
    asked = ask("flow", {"source.port": 1}, {"source.port": 2}, {"source.port": 3})
    period = Period(START + timedelta(seconds=1), START + timedelta(seconds=3))

    assert _ports(asked, Select("flow", columns=("source.port",), period=period)) == [1, 2]


def test_a_row_without_a_time_lies_in_no_period(ask: Make) -> None:
    asked = ask("flow", {"source.port": 1}, {"source.port": 2, "@timestamp": None})
    period = Period(START, START + timedelta(days=1))

    assert _ports(asked, Select("flow", columns=("source.port",), period=period)) == [1]


def test_a_period_holds_nothing_where_no_row_has_a_time(ask: Make) -> None:
    asked = ask("flow", {"@timestamp": None})

    assert asked.select(Select("flow", period=Period(START, START + timedelta(days=1)))) == []


def test_absent_values_are_last_in_either_direction(ask: Make) -> None:
    asked = ask("flow", {}, {"source.port": 2}, {"source.port": 1})
    up = Select("flow", columns=("source.port",), order=(Order("source.port"),))
    down = Select("flow", columns=("source.port",), order=(Order("source.port", True),))

    assert _ports(asked, up) == [1, 2, None]
    assert _ports(asked, down) == [2, 1, None]


def test_order_by_a_column_that_is_not_shown(ask: Make) -> None:
    asked = ask("flow", {"source.port": 1, "soc.tos": 2}, {"source.port": 2, "soc.tos": 1})
    query = Select("flow", columns=("source.port",), order=(Order("soc.tos"),))

    assert _ports(asked, query) == [2, 1]


def test_rows_that_the_order_leaves_equal_come_by_id(ask: Make) -> None:
    rows = [{"source.port": n, "soc.tos": n % 2} for n in range(9)]
    query = Select("flow", columns=("source.port",), order=(Order("soc.tos", True),))

    assert _ports(ask("flow", *rows), query) == [1, 3, 5, 7, 0, 2, 4, 6, 8]


def test_text_is_ordered_by_code_point(ask: Make) -> None:
    asked = ask("flow", *({"soc.vrf": v} for v in ("b", "B", "中", "\U00010000", "\uffff")))
    query = Select("flow", columns=("soc.vrf",), order=(Order("soc.vrf"),))

    assert [row["soc.vrf"] for row in asked.select(query)] == [
        "B",
        "b",
        "中",
        "\uffff",
        "\U00010000",
    ]


@pytest.mark.parametrize("limit", [0, 1, 2, 5])
def test_a_limit_cuts_after_order_and_filter(ask: Make, limit: int) -> None:
    asked = ask("flow", *({"source.port": n} for n in (4, 3, 2, 1)))
    query = Select(
        "flow",
        Not(Equals("source.port", 2)),
        ("source.port",),
        order=(Order("source.port"),),
        limit=limit,
    )

    assert _ports(asked, query) == [1, 3, 4][:limit]


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_a_limit_cuts_after_a_filter_that_the_store_cannot_decide(ask: Make, limit: int) -> None:
    rows = [{"soc.vrf": "192.0.2.9" if n % 2 else "x", "source.port": n} for n in range(6)]
    query = Select(
        "flow",
        Cidr("soc.vrf", "192.0.2.0/24"),
        ("source.port",),
        order=(Order("source.port", True),),
        limit=limit,
    )

    assert _ports(ask("flow", *rows), query) == [5, 3, 1][:limit]


LATER = START + timedelta(hours=1)


def test_of_the_rows_with_one_key_the_last_appended_counts(ask: Make) -> None:
    asked = ask(
        "usage",
        {"soc.usage.key": "a", "soc.usage.flows": 1},
        {"soc.usage.key": "b", "soc.usage.flows": 2},
        {"soc.usage.key": "a", "soc.usage.flows": 3, "event.ingested": LATER},
        {"soc.usage.key": "b", "soc.usage.flows": 4},
    )
    query = Select("usage", columns=("soc.usage.flows",), latest_by="soc.usage.key")

    assert sorted(row["soc.usage.flows"] for row in asked.select(query)) == [3, 4]


def test_an_outdated_row_stays_away_when_the_newer_does_not_match(ask: Make) -> None:
    asked = ask(
        "usage",
        {"soc.usage.key": "a", "soc.usage.flows": 9},
        {"soc.usage.key": "a", "soc.usage.flows": 0},
    )
    query = Select("usage", Range("soc.usage.flows", 1), latest_by="soc.usage.key")

    assert asked.select(query) == []


def test_rows_without_a_key_all_stay(ask: Make) -> None:
    asked = ask(
        "usage",
        {"soc.usage.flows": 1},
        {"soc.usage.flows": 2, "soc.usage.key": "a"},
        {"soc.usage.flows": 3},
    )
    query = Select("usage", columns=("soc.usage.flows",), latest_by="soc.usage.key")

    assert sorted(row["soc.usage.flows"] for row in asked.select(query)) == [1, 2, 3]


def test_the_period_is_looked_at_before_the_latest(ask: Make) -> None:
    asked = ask(
        "usage",
        {"soc.usage.key": "a", "soc.usage.flows": 1},
        {"soc.usage.key": "a", "soc.usage.flows": 2, "@timestamp": LATER},
    )
    query = Select(
        "usage",
        columns=("soc.usage.flows",),
        latest_by="soc.usage.key",
        period=Period(START, LATER),
    )

    assert [row["soc.usage.flows"] for row in asked.select(query)] == [1]


@pytest.mark.parametrize(
    "query",
    [
        Select("no such"),
        Select("flow", columns=("no.such",)),
        Select("flow", order=(Order("event.type"),)),
        Select("flow", order=(Order("no.such"),)),
        Select("flow", latest_by="soc.other"),
        Select("flow", limit=-1),
    ],
    ids=repr,
)
def test_a_select_that_cannot_be_asked_is_refused(ask: Make, query: Select) -> None:
    asked = ask("flow", {"source.port": 1})

    with pytest.raises(StoreError):
        asked.select(query)


def test_many_filters_at_once_find_what_each_finds(ask: Make) -> None:
    rows = [
        {"soc.vrf": "Alpha", "source.ip": "192.0.2.1", "event.type": ["X"]},
        {"soc.vrf": "beta", "source.ip": "192.0.2.2", "soc.other": {"k": "needle"}},
        {"soc.vrf": "192.0.2.9"},
    ]
    wheres: dict[str, Where] = {
        "text": Prefix("soc.vrf", "ALPHA"),
        "address": Cidr("source.ip", "192.0.2.0/24"),
        "list": Equals("event.type", "x"),
        "undecided": Cidr("soc.vrf", "192.0.2.0/24"),
        "nothing": Equals("soc.vrf", "nothing"),
        "absent": Not(Equals("no.such", "x")),
    }
    query = Select("flow", Not(Equals("soc.vrf", "BETA")), ("soc.record",))

    found = ask("flow", *rows).match(query, wheres)

    assert {name: [row["soc.record"] for row in rows] for name, rows in found.items()} == {
        "text": [1],
        "address": [1],
        "list": [1],
        "undecided": [3],
        "absent": [1, 3],
    }

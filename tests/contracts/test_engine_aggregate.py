"""Every engine groups and counts alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from soc.errors import StoreError
from soc.query import Aggregate, Bucket, Function, Measure, Order, Period
from soc.where import Cidr, Equals, Range
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


LATER = START + timedelta(hours=1)


def test_an_aggregate_of_nothing_is_one_row(ask: Make) -> None:
    measures = (COUNT, Measure("s", "sum", "source.bytes"), Measure("d", "distinct", "source.ip"))

    found = ask("flow", {}).aggregate(Aggregate("flow", measures, where=Equals("source.port", 1)))

    assert found == [{"n": 0, "s": None, "d": 0}]


def test_groups_of_nothing_are_none(ask: Make) -> None:
    query = Aggregate("flow", (COUNT,), ("source.port",), where=Equals("source.port", 1))

    assert ask("flow", {}).aggregate(query) == []


def test_absent_values_make_a_group_of_their_own(ask: Make) -> None:
    asked = ask("flow", {"source.port": 1}, {}, {"source.port": 1})

    found = asked.aggregate(Aggregate("flow", (COUNT,), ("source.port",)))

    assert found == [{"source.port": 1, "n": 2}, {"source.port": None, "n": 1}]


def test_a_column_that_no_file_holds_is_one_group(ask: Make) -> None:
    found = ask("flow", {}, {}).aggregate(Aggregate("flow", (COUNT,), ("soc.vrf", "event.type")))

    assert found == [{"soc.vrf": None, "event.type": None, "n": 2}]


def test_a_list_counts_a_row_once_for_each_distinct_element(ask: Make) -> None:
    asked = ask("flow", {"event.type": ["a", "b", "a"]}, {"event.type": ["b"]}, {"event.type": []})

    found = asked.aggregate(Aggregate("flow", (COUNT,), ("event.type",)))

    assert found == [
        {"event.type": "a", "n": 1},
        {"event.type": "b", "n": 2},
        {"event.type": None, "n": 1},
    ]


def test_two_lists_group_by_every_pair(ask: Make) -> None:
    asked = ask("flow", {"event.type": ["a", "b"], "event.category": ["x", "y"]})

    found = asked.aggregate(Aggregate("flow", (COUNT,), ("event.type", "event.category")))

    assert [(r["event.type"], r["event.category"]) for r in found] == [
        ("a", "x"),
        ("a", "y"),
        ("b", "x"),
        ("b", "y"),
    ]


def test_a_key_of_a_map_groups(ask: Make) -> None:
    asked = ask("flow", {"soc.other": {"k": "a"}}, {"soc.other": {"k": "a", "l": "b"}}, {})

    found = asked.aggregate(Aggregate("flow", (COUNT,), ("soc.other.k",)))

    assert found == [{"soc.other.k": "a", "n": 2}, {"soc.other.k": None, "n": 1}]


def test_groups_keep_case(ask: Make) -> None:
    asked = ask("flow", {"soc.vrf": "a"}, {"soc.vrf": "A"})

    assert len(asked.aggregate(Aggregate("flow", (COUNT,), ("soc.vrf",)))) == 2


def test_measures_pass_over_absent_values(ask: Make) -> None:
    asked = ask("flow", *({"source.bytes": v, "soc.tos": 1} for v in (1, 2, None, 4, 10)))
    measures = tuple(Measure(f, f, "source.bytes") for f in FUNCTIONS)

    found = asked.aggregate(Aggregate("flow", measures))

    assert found == [
        {
            "count": 4,
            "sum": 17,
            "min": 1,
            "max": 10,
            "average": pytest.approx(4.25),
            "distinct": 4,
            "percentile": pytest.approx(3.0),
        }
    ]


@pytest.mark.parametrize(("fraction", "expected"), [(0, 1), (0.25, 1.75), (0.95, 9.1), (1, 10)])
def test_a_percentile_is_interpolated(ask: Make, fraction: float, expected: float) -> None:
    asked = ask("flow", *({"source.bytes": v} for v in (10, 1, 2, 4)))

    found = asked.aggregate(
        Aggregate("flow", (Measure("p", "percentile", "source.bytes", fraction),))
    )

    assert found == [{"p": pytest.approx(expected)}]


def test_approximate_measures_of_little_are_near(ask: Make) -> None:
    asked = ask("flow", *({"source.bytes": n} for n in range(1, 101)))
    measures = (
        Measure("d", "distinct", "source.bytes", approximate=True),
        Measure("p", "percentile", "source.bytes", 0.9, approximate=True),
    )

    found = asked.aggregate(Aggregate("flow", measures))

    assert found == [{"d": pytest.approx(100, rel=0.1), "p": pytest.approx(90, rel=0.05)}]


def test_bins_of_a_time_that_no_row_has(ask: Make) -> None:
    query = Aggregate("flow", (COUNT,), bucket=Bucket(60, "event.end"))

    assert ask("flow", {}).aggregate(query) == [{"bucket": None, "n": 1}]


def test_measures_of_fractions_pass_over_what_is_no_number(ask: Make) -> None:
    values = (0.5, float("nan"), float("inf"), 1.5)
    asked = ask("flow", *({"soc.exporter_skew_s": v} for v in values))
    measures = tuple(Measure(f, f, "soc.exporter_skew_s") for f in FUNCTIONS)

    found = asked.aggregate(Aggregate("flow", measures))

    assert found == [
        {
            "count": 4,
            "sum": 2.0,
            "min": 0.5,
            "max": 1.5,
            "average": 1.0,
            "distinct": 2,
            "percentile": 1.0,
        }
    ]


def test_distinct_counts_the_elements_of_lists(ask: Make) -> None:
    asked = ask(
        "flow", {"event.type": ["a", "b"]}, {"event.type": ["b", "c"]}, {"event.type": []}, {}
    )

    found = asked.aggregate(
        Aggregate(
            "flow", (Measure("d", "distinct", "event.type"), Measure("n", "count", "event.type"))
        )
    )

    assert found == [{"d": 3, "n": 2}]


def test_least_and_greatest_of_text_dates_and_truths(ask: Make) -> None:
    asked = ask(
        "tls",
        {"tls.version": "1.2", "tls.established": True},
        {"tls.version": "1.3"},
        {"tls.established": False},
    )
    measures = (
        Measure("v", "max", "tls.version"),
        Measure("e", "min", "tls.established"),
        Measure("t", "max", "@timestamp"),
    )

    found = asked.aggregate(Aggregate("tls", measures))

    assert found == [{"v": "1.3", "e": False, "t": START + timedelta(seconds=3)}]


def test_a_sum_beyond_64_bits_is_an_error(ask: Make) -> None:
    asked = ask("flow", {"source.bytes": (1 << 63) - 1}, {"source.bytes": 1})

    with pytest.raises(StoreError):
        asked.aggregate(Aggregate("flow", (Measure("s", "sum", "source.bytes"),)))


def _at(*texts: str) -> list[dict[str, Any]]:
    return [{"@timestamp": datetime.fromisoformat(text)} for text in texts]


@pytest.mark.parametrize(
    ("width_s", "zone", "time", "begin"),
    [
        (86_400, "Asia/Shanghai", "2026-03-18T15:59:59Z", "2026-03-17T16:00:00Z"),
        (86_400, "Asia/Shanghai", "2026-03-18T16:00:00Z", "2026-03-18T16:00:00Z"),
        (604_800, "Asia/Shanghai", "2026-03-18T01:00:00Z", "2026-03-15T16:00:00Z"),
        (604_800, "UTC", "1969-12-31T01:00:00Z", "1969-12-29T00:00:00Z"),
        (3_600, "Asia/Kolkata", "2026-03-18T00:45:00Z", "2026-03-18T00:30:00Z"),
        (300, "UTC", "2026-03-18T00:04:59.999999Z", "2026-03-18T00:00:00Z"),
        (50_000, "UTC", "2026-03-18T23:00:00Z", "2026-03-18T13:53:20Z"),
        (3_600, "Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25T01:00:00Z"),
        (86_400, "Europe/Berlin", "2026-10-25T22:30:00Z", "2026-10-24T22:00:00Z"),
        (86_400, "America/Havana", "2024-03-10T06:00:00Z", "2024-03-10T05:00:00Z"),
        (3_600, "America/Havana", "2024-11-03T04:30:00Z", "2024-11-03T05:00:00Z"),
    ],
)
def test_bins_begin_at_midnight_of_the_place(
    ask: Make, width_s: int, zone: str, time: str, begin: str
) -> None:
    query = Aggregate("flow", (COUNT,), bucket=Bucket(width_s, zone=zone))

    found = ask("flow", *_at(time)).aggregate(query)

    assert found == [{"bucket": datetime.fromisoformat(begin).astimezone(UTC), "n": 1}]


def test_a_day_of_25_hours_has_25_bins(ask: Make) -> None:
    midnight = datetime(2026, 10, 24, 22, tzinfo=UTC)
    rows = [{"@timestamp": midnight + timedelta(minutes=30 * n)} for n in range(50)]

    found = ask("flow", *rows).aggregate(
        Aggregate("flow", (COUNT,), bucket=Bucket(3_600, zone="Europe/Berlin"))
    )

    assert [row["n"] for row in found] == [2] * 25


def test_rows_without_a_time_fall_into_an_absent_bin(ask: Make) -> None:
    asked = ask("flow", {"event.start": START}, {})
    query = Aggregate("flow", (COUNT,), ("soc.vrf",), bucket=Bucket(60, "event.start"))

    assert asked.aggregate(query) == [
        {"bucket": START, "soc.vrf": None, "n": 1},
        {"bucket": None, "soc.vrf": None, "n": 1},
    ]


def test_having_order_and_limit_see_the_result(ask: Make) -> None:
    ports = [1] * 3 + [2] * 2 + [3] * 3 + [4]
    query = Aggregate(
        "flow",
        (COUNT,),
        ("source.port",),
        having=Range("n", 2),
        order=(Order("n", True),),
        limit=2,
    )

    found = ask("flow", *({"source.port": port} for port in ports)).aggregate(query)

    assert found == [{"source.port": 1, "n": 3}, {"source.port": 3, "n": 3}]


def test_having_may_ask_networks_and_bins(ask: Make) -> None:
    asked = ask("flow", {"source.ip": "192.0.2.1"}, {"source.ip": "198.51.100.1"})
    query = Aggregate(
        "flow",
        (COUNT,),
        ("source.ip",),
        bucket=Bucket(86_400),
        having=Cidr("source.ip", "192.0.2.0/24"),
        limit=1,
    )

    assert [row["source.ip"] for row in asked.aggregate(query)] == ["192.0.2.1"]


def test_a_filter_that_the_store_cannot_decide_still_counts_right(ask: Make) -> None:
    rows = [
        {"soc.vrf": "192.0.2.1", "source.bytes": 1, "event.type": ["a"], "soc.other": {"k": "v"}},
        {"soc.vrf": "192.0.2.2", "source.bytes": 2, "event.type": ["a", "b"]},
        {"soc.vrf": "x", "source.bytes": 4, "event.type": ["a"]},
    ]
    query = Aggregate(
        "flow",
        (COUNT, Measure("s", "sum", "source.bytes")),
        ("event.type", "soc.other.k"),
        bucket=Bucket(86_400),
        where=Cidr("soc.vrf", "192.0.2.0/24"),
        period=Period(START, LATER),
    )
    day = datetime(2026, 3, 18, tzinfo=UTC)

    assert ask("flow", *rows).aggregate(query) == [
        {"bucket": day, "event.type": "a", "soc.other.k": "v", "n": 1, "s": 1},
        {"bucket": day, "event.type": "a", "soc.other.k": None, "n": 1, "s": 2},
        {"bucket": day, "event.type": "b", "soc.other.k": None, "n": 1, "s": 2},
    ]


def test_an_aggregate_counts_the_latest_rows_only(ask: Make) -> None:
    asked = ask(
        "usage",
        {"soc.usage.key": "a", "soc.usage.flows": 1},
        {"soc.usage.key": "a", "soc.usage.flows": 5},
        {"soc.usage.key": "b", "soc.usage.flows": 7},
    )
    query = Aggregate("usage", (Measure("s", "sum", "soc.usage.flows"),), latest_by="soc.usage.key")

    assert asked.aggregate(query) == [{"s": 12}]


@pytest.mark.parametrize(
    "query",
    [
        Aggregate("flow", (Measure("s", "sum", "soc.vrf"),)),
        Aggregate("flow", (Measure("s", "sum"),)),
        Aggregate("flow", (Measure("s", "sum", "no.such"),)),
        Aggregate("flow", (Measure("s", "max", "event.type"),)),
        Aggregate("flow", (Measure("s", "distinct", "soc.other"),)),
        Aggregate("flow", (Measure("s", "percentile", "source.bytes", 1.5),)),
        Aggregate("flow", (COUNT,), ("soc.other",)),
        Aggregate("flow", (COUNT,), ("no.such",)),
        Aggregate("flow", (COUNT, COUNT)),
        Aggregate("flow", (COUNT,), bucket=Bucket(0)),
        Aggregate("flow", (COUNT,), bucket=Bucket(90_000)),
        Aggregate("flow", (COUNT,), bucket=Bucket(60, "soc.vrf")),
        Aggregate("flow", (COUNT,), bucket=Bucket(60, zone="Nowhere/City")),
        Aggregate("flow", (COUNT,), order=(Order("x"),)),
        Aggregate("flow", (COUNT,), limit=-1),
        Aggregate("no such", (COUNT,)),
    ],
    ids=repr,
)
def test_an_aggregate_that_cannot_be_asked_is_refused(ask: Make, query: Aggregate) -> None:
    asked = ask("flow", {"source.port": 1})

    with pytest.raises(StoreError):
        asked.aggregate(query)

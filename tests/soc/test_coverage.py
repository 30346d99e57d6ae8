"""Live bins over expected bins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from soc.batch import Batch
from soc.coverage import bins, counted, coverage
from soc.query import Aggregate, Marks, Period, Select, Window
from soc.records.source import Source
from soc.store import Change
from soc.where import All, Equals, Where

if TYPE_CHECKING:
    from soc.context import Context

START = datetime(2026, 3, 18, 0, 0, tzinfo=UTC)
STEP = timedelta(minutes=5)


def period(count: int) -> Period:
    return Period(START, START + count * STEP)


def begin(number: int) -> datetime:
    return START + number * STEP


@dataclass
class Health:
    """An engine that knows health rows (observer, zone, bin, live) and source records."""

    rows: list[tuple[str, str | None, datetime, bool]]
    sources: list[str] = field(default_factory=list)
    name: str = "fake"

    def aggregate(self, query: Aggregate) -> pa.Table:
        assert isinstance(query.where, All)
        asked = {part.field: part.value for part in query.where.parts if isinstance(part, Equals)}
        span = query.period
        assert span is not None
        found: dict[tuple[str, datetime, bool], int] = {}
        for observer, zone, at, live in self.rows:
            facts = {"soc.health.live": live, "soc.health.zone": zone}
            is_meant = all(facts[key] == value for key, value in asked.items())
            if is_meant and span.start <= at < span.end:
                found[observer, at, live] = found.get((observer, at, live), 0) + 1
        return pa.Table.from_pylist(
            [
                {"observer.name": o, "bucket": at, "soc.health.live": live, "rows": n}
                for (o, at, live), n in found.items()
            ]
        )

    def select(self, query: Select) -> Iterator[pa.RecordBatch]:
        assert query.dataset == "record.source"
        yield from pa.table({"name": pa.array(self.sources, pa.string())}).to_batches()

    def match(
        self, query: Select, wheres: Mapping[str, Where]
    ) -> Iterator[tuple[str, pa.RecordBatch]]:
        return iter(())

    def newest(self, dataset: str) -> Marks:
        return {}

    def window(self, dataset: str, after: Marks) -> Window:
        return Window({}, {})


def live(observer: str, *numbers: int, zone: str | None = None) -> list[Any]:
    return [(observer, zone, begin(number), True) for number in numbers]


def test_a_source_that_was_seen_all_the_time_is_covered_wholly() -> None:
    found = coverage(Health(live("pe1", 0, 1, 2)), period(3))

    assert (found.live_bins, found.expected_bins, found.fraction, found.gaps) == (3, 3, 1.0, ())


def test_a_bin_without_a_row_is_missing_and_adjoining_ones_are_one_gap() -> None:
    found = coverage(Health(live("pe1", 0, 3, 5)), period(6))

    assert found.fraction == pytest.approx(0.5)
    assert found.gaps == (
        ("pe1", Period(begin(1), begin(3))),
        ("pe1", Period(begin(4), begin(5))),
    )


def test_a_row_that_says_the_source_was_not_live_is_no_live_bin() -> None:
    rows = [*live("pe1", 0), ("pe1", None, begin(1), False)]

    found = coverage(Health(rows), period(2))

    assert (found.live_bins, found.expected_bins) == (1, 2)


def test_a_registered_source_that_never_reported_is_expected_all_the_same() -> None:
    found = coverage(Health(live("pe1", 0, 1), sources=["pe2"]), period(2))

    assert found.observers == ("pe1", "pe2")
    assert found.fraction == pytest.approx(0.5)
    assert found.gaps == (("pe2", period(2)),)


def test_only_the_observers_that_were_asked_for_count() -> None:
    found = coverage(Health(live("pe1", 0, 1), sources=["pe2"]), period(2), observers=["pe1"])

    assert found.fraction == 1.0


def test_only_the_zone_that_was_asked_for_counts() -> None:
    rows = [*live("pe1", 0, 1, zone="edge"), *live("pe2", 0, zone="cloud")]

    found = coverage(Health(rows), period(2), zone="cloud")

    assert (found.observers, found.live_bins, found.expected_bins) == (("pe2",), 1, 2)


def test_what_is_left_out_afterwards_counts_as_if_it_had_not_been_expected() -> None:
    engine = Health([*live("pe1", 0, 2), *live("nmap", 1)], sources=["pe2"])

    found = coverage(engine, period(4)).without({"nmap", "pe9"})

    assert found == coverage(engine, period(4), observers=["pe1", "pe2"])


def test_where_nothing_is_left_nothing_is_known() -> None:
    found = coverage(Health(live("nmap", 0)), period(2)).without({"nmap"})

    assert (found.expected_bins, found.observers, found.without({"pe1"})) == (0, (), found)


def test_where_nothing_is_expected_nothing_is_known() -> None:
    found = coverage(Health([]), period(2))

    assert (found.expected_bins, found.fraction) == (0, 0.0)


def test_twice_the_same_bin_counts_once() -> None:
    found = counted(period(2), {"pe1": [begin(0), begin(0)]})

    assert found.live_bins == 1


def test_bins_are_those_that_begin_in_the_period() -> None:
    odd = Period(START + timedelta(minutes=1), START + timedelta(minutes=11))

    assert bins(odd) == [begin(1), begin(2)]
    assert bins(Period(START, START)) == []


def test_the_engine_answers_over_what_the_log_holds(context: Context) -> None:
    source = Source(
        id="lt-source-pe2",
        state="active",
        at=START,
        author=context.actor.author(),
        name="pe2",
    )
    rows = pa.RecordBatch.from_pydict(
        {
            "@timestamp": pa.array([begin(0), begin(1), begin(2)], pa.timestamp("us", tz="UTC")),
            "soc.record": pa.array([1, 2, 3], pa.int64()),
            "observer.name": ["pe1", "pe1", "pe1"],
            "soc.health.live": [True, False, True],
            "soc.health.zone": ["edge", "edge", "edge"],
        }
    )
    context.store.records.apply([Change("c", source, 0)])
    context.store.log.append([Batch(source=7, dataset="health", rows=rows)])

    found = coverage(context.engine, period(4))

    assert (found.observers, found.live_bins, found.expected_bins) == (("pe1", "pe2"), 2, 8)
    assert found.gaps[0] == ("pe1", Period(begin(1), begin(2)))

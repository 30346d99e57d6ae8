"""Daily figures, read back and summed up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from soc.metrics import compute
from soc.metrics.figures import figures, key, total
from tests.soc.metrics._world import DAY, PERIOD, World, at


def put(world: World, days_ago: int, value: float | None, **more: Any) -> None:
    day = DAY - timedelta(days=days_ago)
    columns = {"metric": "flows_seen", "dimension": "all", "member": None, "coverage": 1.0} | more
    origin = columns.pop("origin", "live")
    name = key(columns["metric"], day, columns["dimension"], columns["member"], origin)
    held = {f"soc.figure.{n}": v for n, v in columns.items()}
    world.engine.rows.setdefault("figure", []).append(
        {
            "@timestamp": at(0, day),
            "event.ingested": at(30, day),
            "soc.source_key": 1,
            "soc.record": len(world.engine.rows.get("figure", [])) + 1,
            "soc.origin": origin,
            "soc.figure.key": name,
            "soc.figure.day": day.isoformat(),
            "soc.figure.value": value,
            **held,
        }
    )


@pytest.fixture
def world() -> World:
    return World()


def test_the_latest_version_of_a_figure_counts(world: World) -> None:
    put(world, 0, 5)
    put(world, 0, 6)

    (found,) = figures(world.context, DAY, DAY)

    assert (found.metric, found.value, found.is_manual) == ("flows_seen", 6, False)


def test_counts_add_up_and_days_without_a_figure_lower_the_coverage(world: World) -> None:
    put(world, 0, 5)
    put(world, 1, 7, coverage=0.5)

    found = total(world.context, "flows_seen", DAY - timedelta(days=3), DAY)

    assert (found.value, found.how, found.days, found.wanted) == (12, "sum", 2, 4)
    assert found.coverage == pytest.approx(1.5 / 4)


def test_shares_are_averaged_and_distinct_counts_are_not_added(world: World) -> None:
    for days_ago, value in enumerate((0.2, 0.4)):
        put(world, days_ago, value, metric="ipv6_share")
        put(world, days_ago, 10 * value, metric="attack_sources")

    first = DAY - timedelta(days=1)
    share = total(world.context, "ipv6_share", first, DAY)
    sources = total(world.context, "attack_sources", first, DAY)

    assert share.value == pytest.approx(0.3)
    assert share.how == "mean"
    assert (sources.value, sources.how) == (4, "most")


def test_nothing_said_is_no_nought(world: World) -> None:
    put(world, 0, None, coverage=None)

    found = total(world.context, "flows_seen", DAY, DAY)

    assert (found.value, found.coverage, found.days) == (None, None, 0)


def test_a_count_by_people_stands_before_one_by_the_rollup(world: World) -> None:
    put(world, 0, 9, origin="manual", coverage=None, evidence=["7号"])
    put(world, 0, 5)

    found = total(world.context, "flows_seen", DAY, DAY)

    assert (found.value, found.manual, found.coverage) == (9, 1, 1.0)
    assert compute("figures_manual", PERIOD, world.context).value == 1

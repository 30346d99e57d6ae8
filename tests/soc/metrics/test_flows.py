from __future__ import annotations

from soc.metrics import number, question
from tests.soc.metrics._world import PERIOD, World, at, source


def world(*observers: str) -> World:
    made = World()
    made.live("edge", range(24))
    for observer in observers:
        made.engine.add(
            "flow", at(9), observer_name=observer, network_bytes=1_000, network_type="ipv4"
        )
    return made


def value(made: World, metric: str) -> float | None:
    return number(metric, question(PERIOD, made.context)).value


def test_volume_counts_at_the_declared_place_only() -> None:
    made = world("edge", "core")
    made.records.put(source("edge", role="egress"), source("core", role="uplink"))

    assert value(made, "traffic_bytes") == 1_000
    assert value(made, "flows_seen") == 2


def test_a_source_that_does_not_count_volume_is_left_out() -> None:
    made = world("edge", "core")
    made.records.put(
        source("edge", role="egress", counts_volume=False), source("core", role="uplink")
    )

    assert value(made, "traffic_bytes") == 1_000


def test_the_only_observer_is_the_place_of_counting() -> None:
    assert value(world("edge", "edge"), "traffic_bytes") == 2_000


def test_volume_of_several_undeclared_sources_is_unknown() -> None:
    assert value(world("edge", "core"), "traffic_bytes") is None


def test_the_share_of_ipv6_needs_flows() -> None:
    made = world("edge")
    made.engine.add("flow", at(9), observer_name="edge", network_type="ipv6")

    assert value(made, "ipv6_share") == 0.5
    assert value(world(), "ipv6_share") is None

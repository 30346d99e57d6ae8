"""Which sources see an endpoint, and what nobody sees."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from detections._rollup_coverage import coverage_of
from detections._rollup_endpoints import Place, Places
from soc.context import Context
from soc.register import put_source
from soc.store import Change
from tests.conftest import SetClock
from tests.detections.analytics.test_silence import lived
from tests.detections.flows import DAWN, put
from tests.detections.rolled import DAY

DMZ, LAN, CLOUD = "互联网区", "公用网络区", "政务云"


@pytest.fixture(autouse=True)
def day_is_over(context: Context, clock: SetClock) -> None:
    clock.set(DAWN + timedelta(hours=24))


def alive(context: Context, name: str, hours: int = 24) -> None:
    bins = lived(DAWN, DAWN + timedelta(hours=hours))
    put(context, [{**row, "observer.name": name} for row in bins], "health")


def covered(context: Context, zone: str | None, ip: str, *met: tuple[str, str]) -> float:
    place = Place(zone, ip, 443, "tcp")
    found = coverage_of([DAY], Places((place,), frozenset({CLOUD})), met, context)
    return found[DAY, place]


def test_an_endpoint_in_a_zone_that_no_source_sees_is_not_covered(context: Context) -> None:
    put_source("edge", context, type="exporter", zone=DMZ)
    alive(context, "edge")

    assert covered(context, DMZ, "192.0.2.20") == 1.0
    assert covered(context, LAN, "198.18.1.10") == 0.0


def test_a_source_sees_the_networks_that_it_names_and_no_other(context: Context) -> None:
    put_source("edge", context, type="exporter", zone=DMZ, prefixes=["192.0.2.0/26"])
    alive(context, "edge")

    assert covered(context, DMZ, "192.0.2.20") == 1.0
    assert covered(context, LAN, "192.0.2.20") == 1.0
    assert covered(context, DMZ, "192.0.2.70") == 0.0


def test_an_address_of_a_private_zone_is_seen_from_there_only(context: Context) -> None:
    put_source("edge", context, type="exporter", zone=DMZ, prefixes=["198.19.8.0/24"])
    alive(context, "edge")
    assert covered(context, CLOUD, "198.19.8.5") == 0.0

    put_source("edge", context, type="exporter", zone=CLOUD, prefixes=["198.19.8.0/24"])
    assert covered(context, CLOUD, "198.19.8.5") == 1.0


def test_a_source_that_says_nothing_sees_the_zones_that_it_met(context: Context) -> None:
    alive(context, "unknown")

    assert covered(context, DMZ, "192.0.2.20", ("unknown", DMZ)) == 1.0
    assert covered(context, LAN, "198.18.1.10", ("unknown", DMZ)) == 0.0


def test_a_source_that_is_switched_off_sees_nothing(context: Context) -> None:
    source: Any = put_source("edge", context, type="exporter", zone=DMZ)
    alive(context, "edge")
    off = replace(source, state="retired")
    context.store.records.apply([Change("edge:2", off, expected=1)])

    assert covered(context, DMZ, "192.0.2.20", ("edge", DMZ)) == 0.0


def test_an_endpoint_without_a_zone_is_seen_by_every_source(context: Context) -> None:
    put_source("edge", context, type="exporter", zone=DMZ)
    alive(context, "edge", hours=6)

    assert covered(context, None, "192.0.2.20") == 0.25


def test_several_sources_of_a_zone_count_by_their_mean(context: Context) -> None:
    for name, hours in (("edge", 24), ("core", 12)):
        put_source(name, context, type="exporter", zone=DMZ)
        alive(context, name, hours)

    assert covered(context, DMZ, "192.0.2.20") == 0.75

"""What lives on the network and stands in no ledger."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from detections import shadow
from detections._shadow_judge import Sighting, is_alive, judged, witnesses
from soc._open import refreshed
from soc.context import Context
from soc.records.verdict import Verdict
from soc.register import put_source, put_zone
from tests.conftest import SetClock
from tests.detections.estate import TODAY, scan, system
from tests.detections.events import append

HOST = "198.18.5.9"
DAY = date(2026, 3, 10)


def sighting(source: str, day: int, *ports: int) -> Sighting:
    return Sighting("公用网络区", HOST, source, DAY + timedelta(days=day), frozenset(ports))


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([sighting("scan", 0)], False),
        ([sighting("scan", 0), sighting("scan", 0, 443)], False),
        ([sighting("scan", 0), sighting("scan", 1)], True),
        ([sighting("scan", 0), sighting("flow", 0)], True),
    ],
)
def test_two_sources_or_two_days_prove_life(seen: list[Sighting], expected: bool) -> None:
    (found,) = witnesses(seen).values()

    assert is_alive(found) is expected


def test_what_lies_in_a_pool_is_a_terminal() -> None:
    found = witnesses([sighting("scan", 0, 8848), sighting("flow", 0, 8848)])
    key = ("公用网络区", HOST)

    (one,) = judged(found, {key: "u1"}, [key])

    assert (one.is_terminal, one.unit, one.ports) == (True, "u1", (8848,))


def flow(days_ago: int, **changed: Any) -> dict[str, Any]:
    """One answered call of an address that the ledger does not have."""
    row = {
        "@timestamp": datetime(2026, 3, 18, 1, tzinfo=UTC) - timedelta(days=days_ago),
        "source.ip": "203.0.113.5",
        "source.port": 50_000,
        "destination.ip": HOST,
        "destination.port": 8848,
        "network.transport": "tcp",
        "destination.packets": 9,
        "soc.destination.zone": "公用网络区",
        "soc.origin": "live",
    }
    return row | {name.replace("__", "."): value for name, value in changed.items()}


@pytest.fixture
def site(context: Context) -> Context:
    put_zone("公用网络区", ["198.18.0.0/16"], context)
    return refreshed(context)


def evaluated(context: Context) -> list[Verdict]:
    context.jobs.run("zombies", {}, context)
    return shadow.listed(context)


def test_a_host_that_answers_on_two_days_is_a_shadow(site: Context) -> None:
    append(site, "flow", [flow(1), flow(2)])

    (found,) = evaluated(site)

    assert (found.subject, found.state, found.ports) == (f"公用网络区 {HOST}", "shadow", (8848,))
    assert [(s.rule, s.value) for s in found.signals] == [("shadow.flow", "2")]
    assert found.unit is None


def test_an_answer_in_a_row_of_its_own_counts_and_a_call_alone_does_not(site: Context) -> None:
    syn = {"destination__packets": None, "soc__tcp_flags": 2}
    reply = {
        "source.ip": HOST,
        "source.port": 443,
        "destination.ip": "203.0.113.5",
        "destination.port": 50_000,
        "soc.source.zone": "公用网络区",
        "soc.destination.zone": None,
        "soc.tcp_flags": 0x1B,
        "destination.packets": None,
    }
    append(site, "flow", [flow(n, destination__ip="198.18.5.1", **syn) for n in (1, 2)])
    append(site, "flow", [flow(n) | reply for n in (1, 2)])

    assert [v.subject for v in evaluated(site)] == [f"公用网络区 {HOST}"]


def test_a_scan_and_a_flow_on_one_day_are_two_sources(site: Context) -> None:
    append(site, "flow", [flow(1)])
    scan(site, "run1", TODAY - timedelta(days=1), {HOST: [8848]})

    (found,) = evaluated(site)

    assert [s.rule for s in found.signals] == ["shadow.flow", "shadow.scan"]


def test_our_own_scanner_makes_one_source_of_its_scan(site: Context) -> None:
    put_source("scanner", site, type="scanner", prefixes=["203.0.113.5/32"])
    append(site, "flow", [flow(1)])
    scan(site, "run1", TODAY - timedelta(days=1), {HOST: [8848]})

    assert evaluated(site) == []


def test_what_a_ledger_entry_covers_is_no_shadow(site: Context) -> None:
    system(site, "注册中心", (HOST, None), zone="公用网络区")
    system(site, "已停用", ("198.18.5.10", None), asset={"state": "retired"}, state="retired")
    append(site, "flow", [flow(n) for n in (1, 2)])
    append(site, "flow", [flow(n, destination__ip="198.18.5.10") for n in (1, 2)])

    assert evaluated(site) == []


def test_a_shadow_that_is_entered_in_the_ledger_is_one_no_more(
    site: Context, clock: SetClock
) -> None:
    append(site, "flow", [flow(1), flow(2)])
    (before,) = evaluated(site)
    clock.advance(hours=1)
    system(site, "注册中心", (HOST, 8848), zone="公用网络区")

    assert evaluated(site) == []

    after = site.store.records.get("verdict", before.id)
    assert isinstance(after, Verdict)
    assert (after.state, after.missing) == ("active", ("registered",))


def test_a_shadow_that_is_not_seen_any_longer_is_lost(site: Context, clock: SetClock) -> None:
    append(site, "flow", [flow(1), flow(2)])
    (before,) = evaluated(site)
    clock.advance(days=40)

    assert evaluated(site) == []
    after = site.store.records.get("verdict", before.id)
    assert isinstance(after, Verdict)
    assert (after.state, after.missing) == ("lost", ("not_seen",))


def test_an_unchanged_shadow_gets_no_new_revision(site: Context, clock: SetClock) -> None:
    append(site, "flow", [flow(1), flow(2)])
    (first,) = evaluated(site)
    clock.advance(days=1)

    (second,) = evaluated(site)

    assert second.revision == first.revision


def test_hosts_of_a_vpn_pool_are_terminals(site: Context) -> None:
    put_zone("VPN池", ["198.18.5.0/24"], site, type="vpn")
    append(site, "flow", [flow(1), flow(2)])

    assert evaluated(refreshed(site)) == []
    (terminal,) = shadow.shadows(("live",), site)
    assert terminal.is_terminal


def test_a_shadow_belongs_to_the_unit_that_had_the_address_last(site: Context) -> None:
    from dataclasses import replace

    from soc.records.asset import Asset
    from soc.store import Change

    made = system(site, "旧系统", (HOST, None), zone="公用网络区")
    (asset,) = site.store.records.find("asset")
    assert isinstance(asset, Asset)
    ended = tuple(replace(e, end=TODAY - timedelta(days=20)) for e in asset.endpoints)
    changed = replace(asset, endpoints=ended, state="active")
    site.store.records.apply([Change("ended", changed)])
    append(site, "flow", [flow(1), flow(2)])

    (found,) = evaluated(site)

    assert found.unit == made.unit

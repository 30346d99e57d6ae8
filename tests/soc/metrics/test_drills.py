from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from soc.metrics import number, question
from soc.metrics._drills_members import Bounds, drills_of, has_alert, has_block, host
from soc.metrics._drills_times import percentile, times
from soc.metrics.drills import alerts, blocks, entries
from soc.records.alert import Alert, Attacker, Victim
from soc.records.block import BlockReason
from tests.soc.metrics._world import AS_OF, PERIOD, World, alert, at, block, drill, drilled


def from_(address: str, **fields: object) -> Alert:
    return alert(1, attackers=(Attacker(address=address),), victims=(), **fields)


def test_an_alert_from_a_registered_source_in_the_time_of_the_drill_belongs_to_it() -> None:
    bounds = Bounds.of(drill(1))

    assert has_alert(bounds, from_("192.0.2.5"))
    assert has_alert(bounds, from_("203.0.113.1")) is False
    early = from_("192.0.2.5", first_seen=at(1), last_seen=at(2))
    assert has_alert(bounds, early) is False


def test_an_alert_on_a_target_belongs_to_the_drill_be_it_a_system_or_a_network() -> None:
    by_network = Bounds.of(drill(1, attack_sources=()))
    by_system = Bounds.of(drill(2, attack_sources=(), targets=("lt-system-1",)))
    hit = alert(1, victims=(Victim(endpoint="198.51.100.10:443", system="lt-system-1"),))

    assert has_alert(by_network, hit)
    assert has_alert(by_system, hit)
    assert not has_alert(by_system, alert(2, victims=(Victim(endpoint="198.51.100.10"),)))


def test_what_an_alert_says_of_its_drills_decides_whatever_else_fits() -> None:
    told = from_("192.0.2.5", drills=("lt-drill-2",))

    assert not has_alert(Bounds.of(drill(1)), told)
    assert has_alert(Bounds.of(drill(2, start=at(20), end=None)), told)


def test_drills_that_overlap_each_get_their_own() -> None:
    world = World()
    world.records.put(
        drill(1),
        drill(2, attack_sources=("203.0.113.64/28",), targets=()),
        from_("192.0.2.5"),
        replace(from_("203.0.113.66"), id="lt-alert-2"),
        replace(from_("203.0.113.7"), id="lt-alert-3"),
    )

    def of(subject: str | None) -> list[str]:
        return [a.id for a in alerts(question(PERIOD, world.context, AS_OF, subject=subject))]

    assert of("lt-drill-1") == ["lt-alert-1"]
    assert of("lt-drill-2") == ["lt-alert-2"]
    assert of(None) == ["lt-alert-1", "lt-alert-2"]


def test_a_block_belongs_to_a_drill_by_its_alert_or_by_source_and_time() -> None:
    bounds = Bounds.of(drill(1))
    by_alert = block(1, reasons=(BlockReason(category="x", alert="lt-alert-1"),))
    by_source = block(2, prefix="192.0.2.0/24", reasons=(), approved_at=at(9))
    too_late = replace(by_source, approved_at=at(30))

    assert has_block(bounds, by_alert, frozenset({"lt-alert-1"}))
    assert has_block(bounds, by_source, frozenset())
    assert not has_block(bounds, too_late, frozenset())
    assert not has_block(bounds, replace(by_source, drills=("lt-drill-9",)), frozenset())


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        ("198.51.100.10", "198.51.100.10"),
        ("198.51.100.10:443", "198.51.100.10"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("asset-7", "asset-7"),
    ],
)
def test_the_address_of_an_endpoint(endpoint: str, address: str) -> None:
    assert host(endpoint) == address


def test_times_are_from_event_to_alert_to_verdict_and_to_the_block_in_force() -> None:
    opened = from_("192.0.2.5", first_seen=at(9), at=at(9.5))
    closed = replace(opened, state="closed", judged_at=at(11), at=at(11))
    stopped = block(1, prefix="192.0.2.0/24", state="active", approved_at=at(10), reasons=())
    confirmed = replace(stopped, effective_at=at(10.25))

    found = times([opened, closed], [confirmed, replace(stopped, prefix="203.0.113.0/24")])

    assert (found.detect_s, found.judge_s, found.contain_s) == (1800, 5400, 2700)
    assert times([opened, closed], [stopped]).contain_s == 1800
    assert times([opened], []).judge_s is None
    waiting = replace(stopped, state="proposed")
    assert times([opened], [waiting]).contain_s is None


def test_what_ran_backwards_took_no_time() -> None:
    ahead = from_("192.0.2.5", first_seen=at(9), at=at(9) - timedelta(seconds=5))

    assert times([ahead], []).detect_s == 0


def test_a_percentile_lies_between_its_neighbours() -> None:
    assert percentile([None], 0.5) is None
    assert percentile([10.0], 0.9) == 10
    assert percentile([30.0, 10.0, None, 20.0], 0.5) == 20
    assert percentile(range(0, 101, 10), 0.9) == 90


def test_numbers_of_a_drill_are_counted_from_its_records() -> None:
    asked = question(PERIOD, drilled().context, AS_OF, subject="lt-drill-1")

    found = {name: number(f"drill_{name}", asked).value for name in NAMES}

    assert found == {
        "alerts": 16,
        "confirmed": 1,
        "succeeded": 2,
        "open": 14,
        "blocks": 1,
        "attacks_blocked": 1,
    }
    assert len(blocks(asked)) == 1
    assert entries(asked)[0].text == "监测组到岗"


def blocked_in(world: World) -> float | None:
    asked = question(PERIOD, world.context, AS_OF, subject="lt-drill-1")
    return number("drill_attacks_blocked", asked).value


def test_an_attack_is_of_the_drill_by_who_stands_behind_a_proxy_or_by_the_system_it_hits() -> None:
    world = World()
    world.records.put(drill(1, attack_sources=("192.0.2.5",), targets=("lt-system-1",)))
    elsewhere = {"source": "203.0.113.10", "destination_ip": "203.0.113.99"}
    world.live("waf", range(24))
    world.blocked(11, **elsewhere)
    strange = blocked_in(world)
    world.blocked(11, **elsewhere, network_forwarded__ip="192.0.2.5")
    forwarded = blocked_in(world)
    world.blocked(12, **elsewhere, soc_destination_system="lt-system-1")

    assert (strange, forwarded, blocked_in(world)) == (0, 1, 2)


def test_an_alert_bears_every_drill_that_it_belongs_to_but_none_that_was_cancelled() -> None:
    both = [drill(1), drill(2, attack_sources=("192.0.2.0/24",))]

    assert drills_of(from_("192.0.2.5"), both) == both
    assert drills_of(from_("192.0.2.5"), [replace(both[0], state="cancelled")]) == []
    assert drills_of(from_("203.0.113.1"), both) == []


NAMES = ("alerts", "confirmed", "succeeded", "open", "blocks", "attacks_blocked")

from __future__ import annotations

from soc.metrics import breakdown, number, question
from tests.soc.metrics._world import PERIOD, World, source


def world() -> World:
    made = World()
    made.live("waf-1", range(24))
    return made


def count(made: World, metric: str = "attacks_blocked") -> float | None:
    return number(metric, question(PERIOD, made.context)).value


def test_one_source_destination_and_rule_in_five_minutes_is_one_attack() -> None:
    made = world()
    made.blocked(10)
    made.blocked(10 + 4.9 / 60)

    assert count(made) == 1


def test_the_next_fixed_bin_is_another_attack() -> None:
    made = world()
    made.blocked(10 + 4.9 / 60)
    made.blocked(10 + 5.1 / 60)

    assert count(made) == 2


def test_another_rule_or_destination_is_another_attack() -> None:
    made = world()
    made.blocked(10)
    made.blocked(10, rule_id="2002")
    made.blocked(10, destination_ip="198.51.100.11")

    assert count(made) == 3


def test_the_source_of_what_came_through_a_front_is_the_client_behind_it() -> None:
    made = world()
    front = "203.0.113.10"
    made.blocked(10, front, network_forwarded__ip="192.0.2.7")
    made.blocked(10, front, network_forwarded__ip="192.0.2.8")
    made.blocked(10, front)

    asked = question(PERIOD, made.context)
    assert count(made) == count(made, "attack_sources") == 3
    assert {part.member for part in breakdown("attacks_blocked", "source", asked)} == {
        "192.0.2.7",
        "192.0.2.8",
        front,
    }


def test_what_two_units_own_is_still_one_attack() -> None:
    made = world()
    made.blocked(10, soc_destination_unit="a")
    made.blocked(10, soc_destination_unit="b")

    assert count(made) == 1


def test_a_firewall_denial_counts_and_a_permit_does_not() -> None:
    made = world()
    for action in ("drop", "accept"):
        made.engine.add(
            "firewall",
            PERIOD.start,
            source_ip="203.0.113.9",
            destination_ip="198.51.100.1",
            event_action=action,
            rule_id=action,
        )

    assert count(made) == 1
    assert count(made, "attacks_passed") == 0


def test_refused_and_not_refused_are_counted_apart() -> None:
    made = world()
    made.blocked(10)
    made.alerted(11)

    assert (count(made), count(made, "attacks_passed")) == (1, 1)
    assert count(made, "attack_sources") == 1


def test_an_own_scanner_does_not_attack() -> None:
    made = world()
    made.records.put(source("scan-1", type="scanner", prefixes=("198.51.100.250/32",)))
    made.blocked(10, "198.51.100.250")
    made.blocked(10, "2001:db8::1")

    assert count(made) == 1


def test_the_parts_add_up_to_the_whole() -> None:
    made = world()
    for place in range(40):
        made.blocked(place / 2, f"203.0.113.{place % 7}", soc_destination_unit=f"u{place % 3}")
    asked = question(PERIOD, made.context)

    for by in ("source", "unit", "hour"):
        parts = breakdown("attacks_blocked", by, asked)
        assert sum(part.value or 0 for part in parts) == count(made)


def test_hours_are_those_of_the_site() -> None:
    made = world()
    made.blocked(15.5)

    parts = breakdown("attacks_blocked", "hour", question(PERIOD, made.context))

    assert [part.member for part in parts] == ["15"]


def test_the_largest_part_comes_first_then_the_name_decides() -> None:
    made = world()
    made.blocked(1, "203.0.113.2")
    made.blocked(1, "203.0.113.1")
    made.blocked(1, "203.0.113.3")
    made.blocked(2, "203.0.113.3")

    parts = breakdown("attacks_blocked", "source", question(PERIOD, made.context))

    assert [part.member for part in parts] == ["203.0.113.3", "203.0.113.1", "203.0.113.2"]

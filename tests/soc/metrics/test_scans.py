from __future__ import annotations

from soc.metrics import Number, number, question
from tests.soc.metrics._world import PERIOD, World, at


def ask(metric: str, *said: tuple[str, str, str | None]) -> Number:
    world = World()
    for address, host, zone in said:
        world.engine.add(
            "scan", at(14), destination_ip=address, soc_scan_host=host, soc_destination_zone=zone
        )
    return number(metric, question(PERIOD, world.context))


def test_a_target_that_timed_out_is_unknown_and_never_down() -> None:
    said = (("198.51.100.1", "up", None), ("198.51.100.2", "unknown", None))

    assert ask("scan_covered", *said).value == 1
    assert ask("scan_unknown", *said).value == 1


def test_a_later_answer_settles_an_unknown_target() -> None:
    said = (("198.51.100.1", "unknown", None), ("198.51.100.1", "down", None))

    assert ask("scan_unknown", *said).value == 0
    assert ask("hosts_up", *said).value == 0


def test_one_address_in_two_zones_is_two_targets() -> None:
    said = (("198.51.100.1", "up", "a"), ("198.51.100.1", "up", "b"))

    assert ask("hosts_up", *said).value == 2


def test_coverage_is_the_share_of_targets_with_an_answer() -> None:
    said = (("198.51.100.1", "up", None), ("198.51.100.2", "unknown", None))

    assert ask("hosts_up", *said).coverage == 0.5


def test_without_a_scan_nothing_is_known() -> None:
    assert ask("scan_covered").value is None


def test_a_real_measurement_counts_on_a_made_day_too() -> None:
    world = World()
    world.engine.add("scan", at(14), destination_ip="198.51.100.1", soc_scan_host="up")
    asked = question(PERIOD, world.context, origins=("simulated",))

    assert number("hosts_up", asked).value == 1

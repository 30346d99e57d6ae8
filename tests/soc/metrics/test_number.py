from __future__ import annotations

from datetime import timedelta

from soc.metrics import Question, number, question
from soc.metrics._number import by_health, by_register
from tests.soc.metrics._world import AS_OF, PERIOD, World, alert, at


def ask(world: World, **given: object) -> Question:
    return question(PERIOD, world.context, **given)  # type: ignore[arg-type]


def test_rows_of_other_origins_do_not_count() -> None:
    world = World()
    world.live("waf-1", range(24))
    world.blocked(10)
    world.blocked(11, soc_origin="simulated")

    assert number("attacks_blocked", ask(world)).value == 1


def test_a_demonstration_counts_what_is_simulated_and_nothing_else() -> None:
    world = World()
    world.live("waf-1", range(24))
    world.blocked(10)
    world.blocked(11, soc_origin="simulated")

    assert number("attacks_blocked", ask(world, origins=("simulated",))).value == 1


def test_rows_stored_after_as_of_are_left_out() -> None:
    world = World()
    world.live("waf-1", range(24))
    world.blocked(10)
    world.engine.rows["alert"][0]["event.ingested"] = AS_OF + timedelta(hours=1)
    world.blocked(11)

    assert number("attacks_blocked", ask(world, as_of=AS_OF)).value == 1
    assert number("attacks_blocked", ask(world)).value == 2


def test_records_are_read_as_of_then() -> None:
    world = World()
    world.records.put(alert(1, at=at(10)), alert(1, at=AS_OF + timedelta(1), state="suppressed"))

    assert number("alerts_opened", ask(world, as_of=AS_OF)).value == 1


def test_nought_of_no_data_is_not_zero() -> None:
    world = World()

    found = number("attacks_blocked", ask(world))

    assert found.value is None
    assert found.coverage is None


def test_nought_of_a_live_source_is_zero() -> None:
    world = World()
    world.live("waf-1", range(24))

    assert number("attacks_blocked", ask(world)).value == 0


def test_the_watermark_names_each_dataset_that_was_read() -> None:
    world = World()
    world.blocked(10)

    marks = number("attacks_blocked", ask(world)).watermark

    assert marks == {"alert": {"test": 0}, "firewall": {}}


def test_what_is_still_to_come_is_no_gap() -> None:
    world = World()
    world.live("waf-1", range(12))

    asked = ask(world, as_of=at(12))

    assert asked.elapsed.end == at(12)
    assert by_health(asked) == 1.0


def test_a_register_has_no_coverage() -> None:
    assert by_register(ask(World())) is None


def test_what_was_read_once_is_not_read_again() -> None:
    asked, calls = ask(World()), []

    for _ in range(2):
        asked.once("key", lambda: calls.append(1))

    assert calls == [1]

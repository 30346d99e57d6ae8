"""What history has to say: hysteresis, freezing, and days on which a zone goes quiet."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from detections._zombies_facts import Class, Judgement, Use
from detections._zombies_settings import ZombieSettings
from detections._zombies_settle import Move, Previous, frozen, frozen_units, move, settled
from detections._zombies_window import faulty

TODAY = date(2026, 3, 18)
YESTERDAY = TODAY - timedelta(days=1)
SETTINGS = ZombieSettings()


def use(busy: date | None) -> Use:
    return Use(9, 9, busy, busy, 1, 9, 0, 9, 0, None)


def test_a_zombie_is_confirmed_by_a_second_evaluation_on_another_day() -> None:
    judged = Judgement("zombie", 70)

    first = settled(judged, None, YESTERDAY)
    same_day = settled(judged, Previous("suspected", YESTERDAY, TODAY, "zombie"), TODAY)
    second = settled(judged, Previous("suspected", YESTERDAY, YESTERDAY, "zombie"), TODAY)

    assert (first.category, first.candidate) == ("suspected", "zombie")
    assert same_day.category == "suspected"
    assert (second.category, second.candidate) == ("zombie", None)


def test_a_clock_set_back_confirms_nothing() -> None:
    ahead = Previous("suspected", TODAY, TODAY + timedelta(days=30), "zombie")

    assert settled(Judgement("zombie", 70), ahead, TODAY).category == "suspected"


def test_two_evaluations_must_follow_each_other() -> None:
    between = settled(Judgement("active", 10), Previous("suspected", TODAY, TODAY, "zombie"), TODAY)

    assert (between.category, between.candidate) == ("active", None)


@pytest.mark.parametrize(
    ("busy", "category"),
    [(None, "zombie"), (YESTERDAY - timedelta(days=1), "zombie"), (YESTERDAY, "active")],
)
def test_a_zombie_leaves_by_a_day_of_real_use_since(busy: date | None, category: str) -> None:
    before = Previous("zombie", YESTERDAY, YESTERDAY)

    assert settled(Judgement("active", 10, use=use(busy)), before, TODAY).category == category


def test_a_declaration_lets_a_zombie_go() -> None:
    before = Previous("zombie", YESTERDAY, YESTERDAY)
    declared = Judgement("active", 39, capped_by="declared", use=use(None))

    assert settled(declared, before, TODAY).category == "active"


@pytest.mark.parametrize("state", ["zombie", "suspected", "lost"])
def test_what_was_decided_stands_while_data_is_missing(state: Class) -> None:
    found = settled(
        Judgement("unverified", 61, missing=("passive",)), Previous(state, TODAY, TODAY), TODAY
    )

    assert (found.category, found.is_frozen, found.missing) == (state, True, ("passive",))


def test_an_active_system_becomes_unverified_while_data_is_missing() -> None:
    found = settled(Judgement("unverified", 30), Previous("active", TODAY, TODAY), TODAY)

    assert (found.category, found.is_frozen) == ("unverified", False)


def moves(worse: int, total: int) -> list[Move]:
    return [Move("u", "active", "suspected" if n < worse else "active") for n in range(total)]


@pytest.mark.parametrize(
    ("worse", "total", "is_frozen"),
    [(4, 8, False), (5, 8, True), (5, 100, False), (6, 100, True), (5, 99, True)],
)
def test_a_unit_freezes_above_five_in_a_hundred_and_five_systems(
    worse: int, total: int, is_frozen: bool
) -> None:
    assert bool(frozen_units(moves(worse, total), SETTINGS)) is is_frozen


def test_a_first_evaluation_and_a_confirmation_move_nothing() -> None:
    zombie = Judgement("zombie", 70)

    assert not move("u", None, zombie).is_worse
    assert not move("u", Previous("suspected", TODAY, TODAY, "zombie"), zombie).is_worse
    assert move("u", Previous("suspected", TODAY, TODAY), zombie).is_worse


def test_what_was_not_known_before_does_not_worsen() -> None:
    found = move("u", Previous("unverified", TODAY, TODAY), Judgement("zombie", 70))

    assert not found.is_worse


def test_a_frozen_verdict_is_the_one_that_stood() -> None:
    judged = Judgement("zombie", 70)

    held = frozen(judged, Previous("active", TODAY, TODAY))
    new = frozen(judged, None)

    assert (held.category, held.is_frozen, held.missing) == ("active", True, ("mass_change",))
    assert new.category == "unverified"


def test_a_zone_whose_flows_fall_by_more_than_sixty_in_a_hundred_was_not_watched() -> None:
    volumes = [1_000, 1_010, 990, 1_000, 399, 401, 0]

    assert faulty(volumes, [1.0] * 7, [True] * 7, 0.6) == [4, 6]


def test_a_week_end_is_held_against_week_ends() -> None:
    working = [day % 7 < 5 for day in range(28)]
    volumes = [1_000 if each else 100 for each in working]

    assert faulty(volumes, [1.0] * 28, working, 0.6) == []


def test_days_that_nobody_watched_are_no_base() -> None:
    assert faulty([0, 0, 0, 100], [0.0, 0.0, 0.0, 1.0], [True] * 4, 0.6) == []


def test_a_fall_that_lasts_for_two_months_is_how_things_are() -> None:
    volumes = [1_000] * 5 + [100] * 90

    found = faulty(volumes, [1.0] * 95, [True] * 95, 0.6)

    assert found == list(range(5, found[-1] + 1))
    assert found[-1] < 67

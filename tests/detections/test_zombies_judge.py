"""Each signal alone, each boundary day, each guard, on facts of one system."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from detections._zombies_facts import (
    Daily,
    Declared,
    Front,
    Judgement,
    Look,
    Outcome,
    SystemFacts,
)
from detections._zombies_judge import evaluate
from detections._zombies_settings import ZombieSettings

TODAY = date(2026, 3, 18)
SETTINGS = ZombieSettings()
DAYS = 365


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def daily(used: dict[int, int] | None = None, *, outbound: int = 0, **more: Any) -> Daily:
    """A year that was watched: clients by days ago, and their names if any are known."""
    found = used if used is not None else dict.fromkeys(range(1, DAYS + 1), 9)
    clients = [found.get(day, 0) for day in range(DAYS, 0, -1)]
    return Daily(
        last=ago(1),
        coverage=more.get("coverage", [1.0] * DAYS),
        clients=clients,
        flows=clients,
        removed=[0] * DAYS,
        answered=clients,
        outbound=[0] * (DAYS - 1) + [outbound],
        callers={DAYS - ago: frozenset(who) for ago, who in more.get("callers", {}).items()},
    )


def named(callers: dict[int, str]) -> Daily:
    """Clients by days ago, a letter each."""
    return daily({ago: len(who) for ago, who in callers.items()}, callers=callers)


def looks(outcome: Outcome = "open", count: int = 8, **more: Any) -> tuple[Look, ...]:
    return tuple(Look(f"run{n}", ago(7 * (count - n)), outcome, **more) for n in range(count))


def facts(**changed: Any) -> SystemFacts:
    """A system that is used, scanned and well kept, but for what is changed."""
    plain: dict[str, Any] = {
        "id": "s1",
        "name": "系统",
        "daily": daily(),
        "looks": looks(),
        "maintained_on": ago(30),
        "online_on": ago(2_000),
    }
    return SystemFacts(**plain | changed)


def judged(**changed: Any) -> Judgement:
    return evaluate(facts(**changed), SETTINGS, TODAY)


def signals(found: Judgement) -> dict[str, int]:
    return {line.rule: line.points for line in found.lines}


DEAD = {"daily": daily({}), "has_owner": False, "maintained_on": None}


def test_a_system_that_is_used_and_kept_has_no_signal() -> None:
    assert (judged().category, judged().score, judged().lines) == ("active", 0, ())


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        ({}, {"passive.none_long": 45}),
        ({181: 1}, {"passive.none_long": 45}),
        ({180: 1}, {"passive.none": 38}),
        ({179: 1}, {"passive.none": 38}),
        ({91: 1}, {"passive.none": 38}),
        ({90: 1}, {"passive.few_by_day": 28}),
        ({89: 1}, {"passive.few_by_day": 28}),
        ({1: 1}, {"passive.few_by_day": 28}),
        ({5: 2}, {"passive.few_by_day": 28}),
        ({5: 1, 60: 2}, {}),
        ({31: 3}, {"passive.rare_by_day": 12}),
        ({31: 9}, {"passive.rare_by_day": 12}),
        ({31: 10}, {}),
        ({30: 3}, {}),
    ],
)
def test_use_alone(used: dict[int, int], expected: dict[str, int]) -> None:
    assert signals(judged(daily=daily(used))) == expected


@pytest.mark.parametrize(
    ("callers", "expected"),
    [
        (dict.fromkeys(range(1, 91), "a"), {"passive.few": 28}),
        ({ago: "ab"[ago % 2] for ago in range(1, 91)}, {"passive.few": 28}),
        ({ago: "abc"[ago % 3] for ago in range(1, 91)}, {}),
        ({7: "ab", 3: "a", 90: "b"}, {"passive.few": 28}),
        ({7: "ab", 3: "a", 90: "c"}, {}),
        ({7: "ab", 3: "a", 91: "c"}, {"passive.few": 28}),
        ({ago: "abcdefghi"[ago % 9] for ago in range(31, 91)}, {"passive.rare": 12}),
        ({ago: "abcdefghij"[ago % 10] for ago in range(31, 91)}, {}),
        (dict.fromkeys(range(30, 91), "abc"), {}),
    ],
)
def test_clients_are_counted_once_over_the_whole_window(
    callers: dict[int, str], expected: dict[str, int]
) -> None:
    assert signals(judged(daily=named(callers))) == expected


def test_three_people_twice_a_week_keep_a_system_active() -> None:
    desks = {ago: "abc"[ago % 3] for ago in range(1, DAYS) if ago % 7 in (1, 4)}
    unkept = {"has_owner": False, "maintained_on": None, "lacks_filing": True}

    found = judged(daily=named(desks), **unkept)

    assert (found.category, found.shares[0].points) == ("active", 0)


def test_days_that_name_no_client_are_added_up_and_it_is_said() -> None:
    mixed = daily({5: 1, 6: 1, 7: 1}, callers={5: "a", 6: "a"})

    found = judged(daily=mixed)

    assert [(line.rule, line.value) for line in found.lines] == [("passive.few_by_day", "2")]


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        (None, {"passive.few": 28}),
        (Front("门户", 2), {"passive.few": 28}),
        (Front("门户", 3), {"passive.front": 0}),
    ],
)
def test_a_data_base_is_used_by_whoever_uses_what_stands_before_it(
    front: Front | None, expected: dict[str, int]
) -> None:
    backend = named(dict.fromkeys(range(1, 91), "a"))

    assert signals(judged(daily=backend, front=front)) == expected


def test_a_busy_neighbour_does_not_speak_for_what_it_never_calls() -> None:
    found = judged(daily=daily({}), front=Front("门户", 900))

    assert signals(found) == {"passive.none_long": 45}


@pytest.mark.parametrize(("outbound", "points"), [(29, 45), (30, 37)])
def test_work_that_it_begins_itself_speaks_for_it(outbound: int, points: int) -> None:
    assert judged(daily=daily({}, outbound=outbound)).shares[0].points == points


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"looks": looks(page="default")}, {"active.page": 20}),
        ({"looks": looks(page="error")}, {"active.page": 20}),
        ({"looks": (*looks(count=6), *looks(count=2, page="error"))}, {}),
        ({"page_unchanged_since": ago(181)}, {"active.unchanged": 8}),
        ({"page_unchanged_since": ago(180)}, {}),
        ({"certificate_ended_on": ago(30)}, {}),
        ({"certificate_ended_on": ago(31)}, {"active.certificate": 8}),
        ({"certificate_ended_on": ago(180)}, {"active.certificate": 8}),
        ({"certificate_ended_on": ago(181)}, {"active.certificate_long": 12}),
        ({"end_of_life": "CentOS 6"}, {"active.end_of_life": 6}),
        ({"domain": "old.example"}, {"active.domain": 8}),
        ({"has_owner": False}, {"governance.owner": 10}),
        ({"lacks_filing": True}, {"governance.filing": 4}),
        ({"maintained_on": None}, {"governance.maintenance": 6}),
        ({"maintained_on": ago(365)}, {}),
        ({"maintained_on": ago(366)}, {"governance.maintenance": 6}),
        ({"retire_on": TODAY}, {}),
        ({"retire_on": ago(1)}, {"governance.retirement": 15}),
    ],
)
def test_each_other_signal_alone(changed: dict[str, Any], expected: dict[str, int]) -> None:
    found = judged(**changed)

    assert signals(found) == expected
    assert found.score == sum(expected.values())
    assert found.category == "active"


def test_each_family_is_capped_and_retirement_stands_outside_the_cap() -> None:
    found = judged(
        daily=daily({}),
        looks=looks(page="default"),
        page_unchanged_since=ago(400),
        certificate_ended_on=ago(400),
        end_of_life="x",
        domain="y",
        has_owner=False,
        lacks_filing=True,
        maintained_on=None,
        retire_on=ago(9),
    )

    assert [share.points for share in found.shares] == [45, 35, 35]
    assert (found.score, found.category) == (100, "zombie")


def test_a_zombie_needs_two_families() -> None:
    settings = ZombieSettings(zombie_score=40)

    alone = evaluate(facts(daily=daily({})), settings, TODAY)
    slight = evaluate(facts(daily=daily({}), lacks_filing=True), settings, TODAY)
    both = evaluate(facts(daily=daily({}), maintained_on=None), settings, TODAY)

    assert [found.category for found in (alone, slight, both)] == [
        "suspected",
        "suspected",
        "zombie",
    ]


@pytest.mark.parametrize(("days", "category"), [(18, "zombie"), (22, "zombie"), (23, "unverified")])
def test_an_outage_stretches_the_window_until_too_little_was_watched(
    days: int, category: str
) -> None:
    coverage = [1.0] * (DAYS - days) + [0.0] * days

    found = judged(**DEAD | {"daily": daily({}, coverage=coverage)})

    assert found.category == category
    assert found.window is not None
    assert (found.window.observed, found.window.first) == (90, ago(90 + days))


def test_a_day_that_was_half_watched_counts_as_evidence_of_life_only() -> None:
    coverage = [1.0] * (DAYS - 10) + [0.79] * 10

    used = judged(daily=daily({3: 9}, coverage=coverage))
    idle = judged(daily=daily({}, coverage=coverage))

    assert used.lines == ()
    assert idle.window is not None
    assert idle.window.first == ago(100)


def test_the_window_reaches_back_180_days_at_most() -> None:
    every_third = [float(day % 3 == 0) for day in range(DAYS)]

    found = judged(daily=daily({}, coverage=every_third))

    assert found.window is not None
    assert (found.window.first, found.window.observed) == (ago(180), 60)
    assert found.category == "unverified"


def test_where_nobody_ever_looked_nothing_is_said() -> None:
    found = judged(daily=Daily(ago(1)), looks=())

    assert (found.category, found.missing) == ("unverified", ("passive", "active"))


def test_history_that_is_short_is_not_a_long_silence() -> None:
    coverage = [0.0] * (DAYS - 100) + [1.0] * 100

    assert signals(judged(daily=daily({}, coverage=coverage))) == {"passive.none": 38}


def test_two_valid_scans_leave_a_high_score_open_and_a_low_one_active() -> None:
    few = looks(count=2)

    assert judged(**DEAD | {"looks": few}).missing == ("active",)
    assert judged(**DEAD | {"looks": few}).category == "unverified"
    assert judged(looks=few).category == "active"


def test_a_clock_that_jumps_ahead_makes_nothing_dead() -> None:
    found = evaluate(facts(), SETTINGS, TODAY + timedelta(days=400))

    assert found.category == "unverified"


def test_a_clock_that_jumps_back_makes_nothing_dead() -> None:
    assert evaluate(facts(), SETTINGS, ago(30)).category == "active"


@pytest.mark.parametrize(
    ("outcomes", "category"),
    [
        (["open", "silent", "silent", "silent"], "lost"),
        (["open", "closed", "silent", "closed"], "lost"),
        (["silent", "silent", "silent", "open"], "suspected"),
        (["open", "open", "silent", "silent"], "suspected"),
        (["open", "alive", "alive", "alive"], "suspected"),
    ],
)
def test_three_runs_running_without_an_answer_lose_it(
    outcomes: list[Outcome], category: str
) -> None:
    made = tuple(Look(f"r{n}", ago(28 - 7 * n), each) for n, each in enumerate(outcomes))

    assert judged(daily=daily({}), looks=made).category == category


def test_silence_in_runs_that_cannot_be_believed_loses_nothing() -> None:
    blocked = (*looks(count=5), *looks("silent", 3, is_valid=False))

    assert judged(looks=blocked).category == "active"


def test_silence_with_flows_is_not_lost() -> None:
    assert judged(looks=looks("silent")).category == "active"


def test_silence_while_flows_were_not_watched_is_left_open() -> None:
    blind = daily({}, coverage=[0.0] * DAYS)

    assert judged(daily=blind, looks=looks("silent")).category == "unverified"


@pytest.mark.parametrize(
    ("pattern", "until", "score"),
    [
        ("annual", TODAY, 39),
        ("annual", ago(1), 61),
        ("seasonal", TODAY + timedelta(days=366), 39),
        ("seasonal", TODAY + timedelta(days=367), 61),
    ],
)
def test_a_declaration_holds_until_its_end_and_a_year_at_most(
    pattern: str, until: date, score: int
) -> None:
    found = judged(**DEAD, declared=Declared(pattern, until, "周启明"))

    assert found.score == score


def test_a_standby_must_show_that_somebody_keeps_it() -> None:
    declared = Declared("standby", TODAY + timedelta(days=30), "周启明")
    gone = {"daily": daily({}), "has_owner": False, "maintained_on": None, "retire_on": ago(1)}

    kept = judged(**gone, declared=declared, looks=looks("open"))
    left = judged(**gone, declared=declared, looks=looks("unknown"))

    assert (kept.score, kept.capped_by) == (39, "declared")
    assert left.capped_by is None


@pytest.mark.parametrize(("days", "score"), [(2, 61), (3, 59), (60, 59), (61, 61)])
def test_an_undeclared_burst_within_a_year_leaves_a_suspect(days: int, score: int) -> None:
    burst = {200 + day: 20 for day in range(days)}

    assert judged(**DEAD | {"daily": daily(burst)}).score == score


@pytest.mark.parametrize(("days", "category"), [(29, "unscored"), (30, "active")])
def test_a_new_system_is_not_scored_for_thirty_days(days: int, category: str) -> None:
    assert judged(online_on=ago(days)).category == category


@pytest.mark.parametrize("why", ["network", "shared", "planned"])
def test_what_cannot_be_told_is_not_scored(why: str) -> None:
    found = judged(**DEAD | {"excluded": why})

    assert (found.category, found.missing) == ("unscored", (why,))


def test_a_retired_system_is_told_only_while_it_answers() -> None:
    quiet = {"daily": Daily(ago(1)), "state": "retired"}

    assert judged(**quiet, looks=looks("silent")).category == "unscored"
    assert judged(**quiet, looks=looks("open")).category == "answering"
    assert judged(**quiet, looks=(), answered_on=ago(30)).category == "answering"
    assert judged(**quiet, looks=(), answered_on=ago(31)).category == "unscored"


def test_what_is_in_no_ledger_is_a_shadow_whatever_its_score() -> None:
    assert judged(**DEAD | {"is_registered": False}).category == "shadow"


def test_too_few_scans_are_a_share_of_those_that_are_wanted() -> None:
    coverage = {share.family: share.coverage for share in judged(looks=looks(count=1)).shares}

    assert coverage["active"] == pytest.approx(1 / 3)

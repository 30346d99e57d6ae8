"""The method on a made estate of 535 systems of nine kinds: every row of the notes' trial."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

from detections._zombies_facts import Daily, Declared, Front, Judgement, Look, SystemFacts
from detections._zombies_settings import ZombieSettings
from detections._zombies_settle import Previous, settled
from detections.zombies import evaluate

TODAY = date(2026, 3, 18)
DAYS = 365
SETTINGS = ZombieSettings()
KINDS = {
    "busy": 240,
    "low": 90,  # one to three clients twice a week
    "annual": 7,  # undeclared, used for weeks once a year
    "seasonal": 10,  # declared
    "standby": 13,  # declared
    "backend": 60,  # calls others, is called by an application every day
    "zombie": 65,
    "half": 20,  # dead, but one curious client now and then
    "shadow": 30,
}
DEAD = ("zombie", "half")
USED = ("busy", "low", "backend")
Change = Callable[[SystemFacts], SystemFacts]


@cache
def estate() -> tuple[tuple[str, SystemFacts], ...]:
    dice = random.Random(20260318)
    return tuple(
        (kind, made(kind, f"{kind}{number}", dice))
        for kind, count in KINDS.items()
        for number in range(count)
    )


def clients(kind: str, dice: random.Random) -> list[int]:
    if kind in ("busy", "shadow"):
        return [dice.randint(5, 80) for _ in range(DAYS)]
    if kind == "backend":
        return [1] * DAYS
    if kind == "low":
        return [dice.randint(1, 3) if day % 7 in (1, 4) else 0 for day in range(DAYS)]
    if kind in ("annual", "seasonal"):
        begin = dice.randint(60, 150)
        return [dice.randint(20, 90) if 0 <= day - begin < 30 else 0 for day in range(DAYS)]
    visits = {dice.randrange(DAYS - 80, DAYS)} if kind == "half" else set()
    return [int(day in visits) for day in range(DAYS)]


def callers(kind: str, name: str, used: list[int]) -> dict[int, frozenset[str]]:
    """Who they were: always the same few desks, one application, one curious client."""
    desks = {"low": 5, "backend": 1, "half": 1}.get(kind)
    if desks is None:
        return {}
    dice = random.Random(name)
    pool = [f"198.18.1.{n}" for n in range(desks)]
    return {day: frozenset(dice.sample(pool, count)) for day, count in enumerate(used) if count}


def made(kind: str, name: str, dice: random.Random) -> SystemFacts:
    is_dead = kind in DEAD
    outbound = [3 if kind in ("backend", "standby") else 0] * DAYS
    used = clients(kind, dice)
    runs = [TODAY - timedelta(days=7 * back + 2) for back in range(8, 0, -1)]
    page = "default" if is_dead and dice.random() < 0.5 else None
    years_ago = dice.randint(400, 1_500) if is_dead or dice.random() < 0.4 else 100
    declared = Declared(kind, TODAY + timedelta(days=90), "周启明")
    return SystemFacts(
        id=name,
        name=name,
        unit=f"unit{dice.randrange(12)}",
        is_registered=kind != "shadow",
        daily=Daily(
            last=TODAY - timedelta(days=1),
            coverage=[1.0] * DAYS,
            clients=used,
            flows=[count * 5 + 40 for count in used],
            removed=[40] * DAYS,
            answered=[count * 5 for count in used],
            outbound=outbound,
            callers=callers(kind, name, used),
        ),
        front=Front("业务系统", 40) if kind == "backend" else None,
        looks=tuple(Look(f"week{n}", on, "open", page=page) for n, on in enumerate(runs)),
        certificate_ended_on=TODAY - timedelta(days=300) if is_dead else None,
        end_of_life="CentOS 6" if is_dead or dice.random() < 0.3 else None,
        has_owner=dice.random() >= (0.8 if is_dead else 0.05 if kind in USED else 0.0),
        lacks_filing=dice.random() < (0.8 if is_dead else 0.1),
        maintained_on=TODAY - timedelta(days=years_ago),
        online_on=date(2019, 1, 1),
        declared=declared if kind in ("seasonal", "standby") else None,
    )


def as_it_is(facts: SystemFacts) -> SystemFacts:
    return facts


def collector_dead(days: int) -> Change:
    """Nothing was collected on the last days: neither coverage nor counts."""

    def change(facts: SystemFacts) -> SystemFacts:
        daily = facts.daily
        kept = DAYS - days

        def cut(values: object) -> list[int]:
            return [*list(values)[:kept], *([0] * days)]  # type: ignore[call-overload]

        gap = replace(
            daily,
            coverage=[*daily.coverage[:kept], *([0.0] * days)],
            clients=cut(daily.clients),
            flows=cut(daily.flows),
            removed=cut(daily.removed),
            answered=cut(daily.answered),
            outbound=cut(daily.outbound),
        )
        return replace(facts, daily=gap)

    return change


def blocked(runs: int) -> Change:
    """The last runs heard nothing of anybody: they are not to be believed."""

    def change(facts: SystemFacts) -> SystemFacts:
        cut = tuple(replace(look, outcome="silent", is_valid=False) for look in facts.looks[-runs:])
        return replace(facts, looks=(*facts.looks[:-runs], *cut))

    return change


def run(change: Change, *, guards: bool = True) -> list[tuple[str, Judgement]]:
    """Two evaluations on following days; without guards one decides."""
    found = []
    for kind, facts in estate():
        changed = change(facts)
        judged = evaluate(changed, SETTINGS, TODAY, guards=guards)
        if guards:
            first = settled(judged, None, TODAY - timedelta(days=1))
            before = Previous(first.category, TODAY, TODAY - timedelta(days=1), first.candidate)
            judged = settled(judged, before, TODAY)
        found.append((kind, judged))
    return found


def confirmed(found: list[tuple[str, Judgement]]) -> tuple[float, float, float]:
    """Precision and recall of zombies, and recall with suspects."""
    right = sum(kind in DEAD and j.category == "zombie" for kind, j in found)
    called = sum(j.category == "zombie" for _, j in found)
    wide = sum(kind in DEAD and j.category in ("zombie", "suspected") for kind, j in found)
    dead = sum(kind in DEAD for kind, _ in found)
    return (right / called if called else 1.0), right / dead, wide / dead


def suspected(found: list[tuple[str, Judgement]]) -> Counter[str]:
    """Systems that live, and are suspected, by kind."""
    return Counter(
        kind for kind, j in found if kind not in DEAD and j.category in ("suspected", "zombie")
    )


def classes(found: list[tuple[str, Judgement]]) -> Counter[str]:
    return Counter(judged.category for _, judged in found)


def test_the_estate_is_that_of_the_trial() -> None:
    assert (len(estate()), len(KINDS)) == (535, 9)
    assert sum(facts.is_registered for _, facts in estate()) == 505


def test_normal_with_guards() -> None:
    found = run(as_it_is)

    precision, recall, wide = confirmed(found)
    assert precision == 1.0
    assert recall >= 0.94
    assert wide >= 0.98
    assert suspected(found).keys() <= {"annual"}
    assert suspected(found).total() <= 7
    assert classes(found)["shadow"] == 30


def test_normal_without_guards_suspects_the_declared_too() -> None:
    found = run(as_it_is, guards=False)

    precision, recall, _ = confirmed(found)
    assert precision == 1.0
    assert recall >= 0.94
    assert 15 <= suspected(found).total() <= 30
    assert suspected(found)["annual"] < suspected(found).total()


def test_a_dead_collector_without_guards_suspects_the_living_by_the_hundred() -> None:
    found = run(collector_dead(90), guards=False)

    precision, recall, _ = confirmed(found)
    assert (precision, recall) == (1.0, 1.0)
    assert suspected(found).total() >= 150


def test_a_dead_collector_with_guards_confirms_nothing_and_suspects_nobody() -> None:
    for days in (45, 90):
        found = run(collector_dead(days))

        assert classes(found)["zombie"] == 0
        assert suspected(found).total() == 0
        assert 70 <= classes(found)["unverified"] <= 140


def test_a_dead_collector_takes_no_verdict_back() -> None:
    for kind, facts in estate():
        if kind == "zombie":
            judged = evaluate(collector_dead(90)(facts), SETTINGS, TODAY)
            kept = settled(judged, Previous("zombie", TODAY, TODAY), TODAY)

            assert (kept.category, kept.is_frozen, kept.missing) == ("zombie", True, ("passive",))


def test_a_blocked_scanner_without_guards_loses_everybody() -> None:
    assert classes(run(blocked(3), guards=False))["lost"] == 505


def test_a_blocked_scanner_with_guards_loses_nobody() -> None:
    short, long = run(blocked(3)), run(blocked(6))

    assert classes(short)["lost"] == classes(long)["lost"] == 0
    assert 85 <= classes(long)["unverified"] <= 180
    assert suspected(long).total() == 0
    kinds = {kind for kind, judged in long if judged.category == "unverified"}
    assert kinds >= set(DEAD)
    assert all(judged.category == "active" for kind, judged in long if kind == "busy")

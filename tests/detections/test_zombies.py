"""Verdicts on a real store: daily facts, scans and ledger in, records out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from detections import zombies
from detections._zombies_gather import facts_of_all
from detections._zombies_settings import ZombieSettings
from soc.context import Context
from soc.errors import InputError, ScopeError
from soc.records.scan import Scan
from soc.records.verdict import Verdict
from soc.store import Change
from tests.conftest import SetClock
from tests.detections.estate import TODAY, put, scan, system, unit, use, weekly

DEAD = {"owner": None, "maintained_on": date(2023, 5, 1)}
HALF_YEAR = [0] * 200


def evaluated(context: Context) -> dict[str, Any]:
    return dict(context.jobs.run("zombies", {}, context).value)


def verdict(context: Context, name: str) -> Verdict:
    return zombies.find(context, name)


def test_a_dead_system_is_a_zombie_after_two_days_and_its_busy_neighbour_is_active(
    context: Context, clock: SetClock
) -> None:
    system(context, "老报名系统", ("192.0.2.10", 80), asset=DEAD)
    system(context, "新报名系统", ("192.0.2.11", 443))
    use(context, "192.0.2.10", 80, HALF_YEAR, removed=90)
    use(context, "192.0.2.11", 443, [12] * 200)
    weekly(context, {"192.0.2.10": [80], "192.0.2.11": [443]})

    first = evaluated(context)
    found = verdict(context, "老报名系统")

    assert (found.state, found.candidate, found.score) == ("suspected", "zombie", 61)
    assert verdict(context, "新报名系统").state == "active"
    assert (first["systems"], first["changed"]) == (2, 2)
    clock.advance(days=1)
    evaluated(context)
    found = verdict(context, "老报名系统")
    assert (found.state, found.candidate, found.score) == ("zombie", None, 61)
    rules = {signal.rule: signal.points for signal in found.signals}
    assert rules == {
        "passive.none_long": 45,
        "governance.owner": 10,
        "governance.maintenance": 6,
    }
    assert found.removed == ("观察期内共 8,100 条流，其中 8,100 条已剔除：扫描器和监测 8,100 条。",)


def test_an_unchanged_verdict_gets_no_new_revision(context: Context, clock: SetClock) -> None:
    system(context, "老报名系统", ("192.0.2.10", 80), asset=DEAD)
    use(context, "192.0.2.10", 80, HALF_YEAR)
    weekly(context, {"192.0.2.10": [80]})
    for _ in range(2):
        evaluated(context)
        clock.advance(days=1)
    before = verdict(context, "老报名系统")

    again = evaluated(context)

    assert again["changed"] == 0
    assert verdict(context, "老报名系统").revision == before.revision


def test_a_second_evaluation_on_the_same_day_confirms_nothing(context: Context) -> None:
    system(context, "老报名系统", ("192.0.2.10", 80), asset=DEAD)
    use(context, "192.0.2.10", 80, HALF_YEAR)
    weekly(context, {"192.0.2.10": [80]})

    evaluated(context)
    evaluated(context)

    assert verdict(context, "老报名系统").state == "suspected"


def test_days_that_nobody_watched_are_no_silence(context: Context) -> None:
    system(context, "老报名系统", ("192.0.2.10", 80), asset=DEAD)
    use(context, "192.0.2.10", 80, [0] * 110, last=TODAY - timedelta(days=91))
    use(context, "192.0.2.10", 80, [0] * 90, coverage=0.0)
    weekly(context, {"192.0.2.10": [80]})

    evaluated(context)

    found = verdict(context, "老报名系统")
    assert (found.state, found.missing, found.observed_days) == ("unverified", ("passive",), 90)


def test_a_suspect_run_counts_for_nothing(context: Context) -> None:
    system(context, "老报名系统", ("192.0.2.10", 80), asset=DEAD)
    use(context, "192.0.2.10", 80, HALF_YEAR)
    for number in range(3):
        scan(context, f"run{number}", TODAY - timedelta(days=number + 1), {"192.0.2.10": [80]})
    stamp: Any = {"at": context.clock.now(), "author": context.actor.author()}
    marked = Scan(id="run1", state="planned", plan="weekly", run="run1", **stamp)
    put(context, marked)
    for number, state in enumerate(("running", "suspect"), 2):
        changed = Scan(id="run1", state=state, plan="weekly", run="run1", **stamp)
        context.store.records.apply([Change(f"run1:{number}", changed)])

    evaluated(context)

    assert verdict(context, "老报名系统").missing == ("active",)


def test_what_is_silent_in_runs_that_others_answer_is_lost(context: Context) -> None:
    for number in range(3):
        system(context, f"系统{number}", (f"192.0.2.{number + 1}", 443))
        use(context, f"192.0.2.{number + 1}", 443, [9] * 200)
    system(context, "失联系统", ("192.0.2.99", 443))
    use(context, "192.0.2.99", 443, HALF_YEAR)
    others = {f"192.0.2.{number + 1}": [443] for number in range(3)}
    weekly(context, {**others, "192.0.2.99": None})

    evaluated(context)

    assert verdict(context, "失联系统").state == "lost"


def test_a_scanner_that_is_blocked_loses_nobody(context: Context) -> None:
    for number in range(4):
        system(context, f"系统{number}", (f"192.0.2.{number + 1}", 443))
        use(context, f"192.0.2.{number + 1}", 443, HALF_YEAR)
    hosts = [f"192.0.2.{number + 1}" for number in range(4)]
    for number in range(8):
        day = TODAY - timedelta(days=50 - 7 * number + 6)
        scan(context, f"run{number}", day, {ip: [443] if number < 2 else None for ip in hosts})

    counts = evaluated(context)

    assert (counts["lost"], counts["unverified"]) == (0, 4)


def test_two_systems_on_one_address_are_told_apart_by_port_or_not_scored(context: Context) -> None:
    system(context, "门户", ("192.0.2.10", 443))
    system(context, "老门户", ("192.0.2.10", 8080), asset=DEAD)
    system(context, "主站", ("192.0.2.20", 443))
    system(context, "子站", ("192.0.2.20", 443))
    use(context, "192.0.2.10", 443, [20] * 200)
    use(context, "192.0.2.10", 8080, HALF_YEAR)
    weekly(context, {"192.0.2.10": [443, 8080]})

    evaluated(context)

    assert verdict(context, "门户").state == "active"
    assert verdict(context, "老门户").candidate == "zombie"
    assert (verdict(context, "主站").state, verdict(context, "主站").missing) == (
        "unscored",
        ("shared",),
    )


def test_an_asset_with_ipv6_alone_is_judged_like_any_other(context: Context) -> None:
    system(context, "六代系统", ("2001:db8::10", 443), asset=DEAD)
    use(context, "2001:db8::10", 443, HALF_YEAR)
    weekly(context, {"2001:db8::10": [443]})

    evaluated(context)

    assert verdict(context, "六代系统").candidate == "zombie"


def test_a_retired_system_that_answers_a_scan_is_told(context: Context) -> None:
    system(context, "已关停系统", ("192.0.2.30", 443), state="retired", asset={"state": "retired"})
    system(context, "真关停系统", ("192.0.2.31", 443), state="retired", asset={"state": "retired"})
    weekly(context, {"192.0.2.30": [443], "192.0.2.31": None})

    evaluated(context)

    assert verdict(context, "已关停系统").state == "answering"
    assert verdict(context, "真关停系统").state == "unscored"
    assert [v.state for v in zombies.listed(context)] == ["answering"]


def test_a_retired_system_that_answers_a_client_is_told(context: Context) -> None:
    from tests.detections.events import append

    system(context, "已关停系统", ("192.0.2.30", 443), state="retired", asset={"state": "retired"})
    flow = {
        "source.ip": "203.0.113.5",
        "source.port": 50_000,
        "destination.ip": "192.0.2.30",
        "destination.port": 443,
        "network.transport": "tcp",
        "destination.packets": 9,
        "soc.origin": "live",
    }
    append(context, "flow", [flow])

    evaluated(context)

    found = verdict(context, "已关停系统")
    assert (found.state, [s.rule for s in found.signals]) == ("answering", ["retired.client"])


def test_an_expired_certificate_and_a_default_page_are_read_from_scans(context: Context) -> None:
    system(context, "旧站", ("192.0.2.10", 443))
    use(context, "192.0.2.10", 443, HALF_YEAR)
    for number in range(3):
        scan(
            context,
            f"run{number}",
            TODAY - timedelta(days=7 * (3 - number)),
            {"192.0.2.10": [443]},
            title="Welcome to nginx!",
            scripts={"ssl-cert": "Subject: x\nNot valid after:  2026-01-01T00:00:00"},
        )

    evaluated(context)

    rules = {signal.rule: signal.points for signal in verdict(context, "旧站").signals}
    assert rules["active.page"] == 20
    assert rules["active.certificate"] == 8


def test_many_systems_that_worsen_at_once_are_frozen_and_told(
    context: Context, clock: SetClock
) -> None:
    names = [f"系统{number}" for number in range(8)]
    for number, name in enumerate(names):
        system(context, name, (f"192.0.2.{number + 1}", 443), asset=DEAD)
        use(context, f"192.0.2.{number + 1}", 443, [5] * 200)
    system(context, "别家大系统", ("192.0.2.200", 443), unit_name="区卫生健康局")
    use(context, "192.0.2.200", 443, [900] * 300, last=TODAY + timedelta(days=99))
    weekly(context, {f"192.0.2.{number + 1}": [443] for number in range(8)})
    evaluated(context)
    clock.set(clock.now() + timedelta(days=100))
    for number in range(8):
        use(
            context,
            f"192.0.2.{number + 1}",
            443,
            [0] * 100,
            last=TODAY + timedelta(days=99),
        )
    for number in range(4):
        day = TODAY + timedelta(days=70 + 7 * number)
        scan(context, f"late{number}", day, {f"192.0.2.{n + 1}": [443] for n in range(8)})

    counts = evaluated(context)

    assert counts["frozen_units"] == [unit(context).id]
    assert {verdict(context, name).state for name in names} == {"active"}
    assert all(verdict(context, name).is_frozen for name in names)
    context.jobs.run("detect", {}, context)
    (alert,) = context.store.records.find("alert")
    assert getattr(alert, "rule") == "zombies.mass_change"  # noqa: B009
    accepted = context.jobs.run("zombies", {"accept": ["区教育局"]}, context).value
    assert accepted["frozen_units"] == []
    assert verdict(context, "系统0").state == "suspected"


def test_a_declaration_caps_the_score_until_it_ends(context: Context, clock: SetClock) -> None:
    system(context, "招生系统", ("192.0.2.10", 443), asset=DEAD)
    use(context, "192.0.2.10", 443, HALF_YEAR)
    weekly(context, {"192.0.2.10": [443]})

    zombies.declare(context, "招生系统", "seasonal", TODAY + timedelta(days=10), "每年五月招生")
    evaluated(context)

    found = verdict(context, "招生系统")
    assert (found.state, found.score, found.capped_by) == ("active", 39, "declared")
    clock.advance(days=11)
    evaluated(context)
    assert verdict(context, "招生系统").candidate == "zombie"


@pytest.mark.parametrize(
    ("pattern", "days", "reason", "place"),
    [
        ("asleep", 10, "x", "--pattern"),
        ("annual", 0, "x", "--until"),
        ("annual", 367, "x", "--until"),
        ("annual", 10, " ", "--reason"),
    ],
)
def test_a_declaration_needs_a_pattern_an_end_within_a_year_and_a_reason(
    context: Context, pattern: str, days: int, reason: str, place: str
) -> None:
    system(context, "招生系统", ("192.0.2.10", 443))

    with pytest.raises(InputError, match=place):
        zombies.declare(context, "招生系统", pattern, TODAY + timedelta(days=days), reason)


def test_who_may_not_approve_declares_nothing_and_the_refusal_is_audited(
    context: Context,
) -> None:
    from dataclasses import replace

    system(context, "招生系统", ("192.0.2.10", 443))
    weak = replace(context, actor=replace(context.actor, rights=frozenset()))

    with pytest.raises(ScopeError):
        zombies.declare(weak, "招生系统", "annual", TODAY + timedelta(days=10), "x")

    entries = list(context.store.audit.entries())
    assert [e["wanted"] for e in entries if e["action"] == "refused"] == ["declare"]


def test_a_scan_from_another_zone_says_nothing_of_a_private_address(context: Context) -> None:
    from soc._open import refreshed
    from soc.register import put_zone

    put_zone("cloud", ["198.19.8.0/24"], context, private=True)
    put_zone("video", ["198.19.8.0/24"], context, private=True)
    system(context, "云上系统", ("198.19.8.10", 443), zone="cloud")
    use(context, "198.19.8.10", 443, HALF_YEAR, zone="cloud")
    weekly(context, {"198.19.8.10": [443]})
    context = refreshed(context)

    evaluated(context)

    assert verdict(context, "云上系统").missing == ("active",)


def test_an_owner_who_has_left_is_no_owner(context: Context) -> None:
    from soc.records.contact import Contact

    made = system(context, "老系统", ("192.0.2.10", 443))
    use(context, "192.0.2.10", 443, [9] * 200)
    weekly(context, {"192.0.2.10": [443]})
    stamp: Any = {"at": context.clock.now(), "author": context.actor.author()}
    put(context, Contact(id="c1", state="left", name="林若溪", unit=made.unit, **stamp))

    evaluated(context)

    (signal,) = verdict(context, "老系统").signals
    assert (signal.rule, signal.points) == ("governance.owner", 10)


def test_network_gear_is_not_scored(context: Context) -> None:
    system(context, "核心交换机", ("192.0.2.1", None), asset={"type": "network"})

    evaluated(context)

    assert verdict(context, "核心交换机").missing == ("network",)


def test_the_daily_facts_of_the_roll_up_are_found_by_place(
    context: Context, clock: SetClock
) -> None:
    from tests.detections.events import append

    for name, port in (("门户", 443), ("后台", None)):
        system(context, name, ("192.0.2.10" if port else "192.0.2.11", port))
    rows = [
        {
            "@timestamp": context.calendar.day(TODAY - timedelta(days=ago)).start
            + timedelta(hours=9),
            "source.ip": f"203.0.113.{client}",
            "source.port": 50_000,
            "destination.ip": ip,
            "destination.port": 443,
            "network.transport": "tcp",
            "destination.packets": 9,
            "observer.name": "edge",
            "soc.origin": "live",
        }
        for ago in (1, 2)
        for client in range(1, 4)
        for ip in ("192.0.2.10", "192.0.2.11")
    ]
    append(context, "flow", rows)
    context.jobs.run("rollup", {}, context)

    found = facts_of_all(TODAY, ("live",), ZombieSettings(), context)

    facts = {each.name: each for each in found}

    for name in ("门户", "后台"):
        assert list(facts[name].daily.clients[-3:]) == [0, 3, 3]
        assert list(facts[name].daily.answered[-3:]) == [0, 3, 3]


def test_who_may_not_judge_accepts_no_mass_change(context: Context) -> None:
    from dataclasses import replace

    made = unit(context)
    weak = replace(context, actor=replace(context.actor, rights=frozenset()))

    with pytest.raises(ScopeError):
        weak.jobs.run("zombies", {"accept": [made.name]}, weak)
    with pytest.raises(InputError, match="no such unit"):
        context.jobs.run("zombies", {"accept": ["无此单位"]}, context)

    entries = list(context.store.audit.entries())
    assert [e["wanted"] for e in entries if e["action"] == "refused"] == ["accept"]

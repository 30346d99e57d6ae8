"""Daily use as verdicts see it: who called, what was taken out, and for whom."""

from __future__ import annotations

from datetime import date

from detections._zombies_gather import facts_of_all
from detections._zombies_settings import ZombieSettings
from soc.context import Context
from tests.conftest import SetClock
from tests.detections.estate import TODAY, system, use, weekly
from tests.detections.test_zombies import evaluated, verdict

DEAD = {"owner": None, "maintained_on": date(2023, 5, 1)}
HALF_YEAR = [0] * 200


def test_the_evidence_tells_why_flows_were_taken_out(context: Context) -> None:
    system(context, "老报名系统", ("192.0.2.10", 80), asset=DEAD)
    use(context, "192.0.2.10", 80, HALF_YEAR, removed=90, checks=60, crawlers=10)
    weekly(context, {"192.0.2.10": [80]})

    evaluated(context)

    (said,) = verdict(context, "老报名系统").removed
    whys = "扫描器和监测 1,800 条，搜索引擎 900 条，健康检查 5,400 条"
    assert said == f"观察期内共 8,100 条流，其中 8,100 条已剔除：{whys}。"


def test_the_same_two_clients_every_day_are_two(context: Context) -> None:
    for n, (name, named) in enumerate((("有清单", True), ("旧数据", False))):
        system(context, name, (f"192.0.2.{10 + n}", 80), asset=DEAD)
        use(context, f"192.0.2.{10 + n}", 80, [2] * 200, named=named)
    weekly(context, {"192.0.2.10": [80], "192.0.2.11": [80]})

    evaluated(context)

    listed, old = verdict(context, "有清单"), verdict(context, "旧数据")
    assert {s.rule for s in listed.signals if s.family == "passive"} == {"passive.few"}
    assert (listed.score, listed.state) == (44, "suspected")
    assert (old.score, old.state) == (16, "active")


def test_a_data_base_behind_a_portal_is_used_by_its_clients(context: Context) -> None:
    system(context, "门户", ("198.18.9.0", 443))
    system(context, "数据库", ("192.0.2.11", 3306), asset=DEAD)
    use(context, "198.18.9.0", 443, [12] * 200, named=True)
    use(context, "192.0.2.11", 3306, [1] * 200, named=True)
    weekly(context, {"198.18.9.0": [443], "192.0.2.11": [3306]})

    evaluated(context)

    found = verdict(context, "数据库")
    assert (found.state, found.score) == ("active", 16)
    assert [s.value for s in found.signals if s.rule == "passive.front"] == ["门户 (12)"]


def test_a_system_that_is_off_takes_no_use_from_its_successor(context: Context) -> None:
    for name, state in (("旧系统", "retired"), ("新系统", "running"), ("更旧的系统", "retired")):
        system(context, name, ("192.0.2.10", 443), state=state)
    use(context, "192.0.2.10", 443, [12] * 200)
    weekly(context, {"192.0.2.10": [443]})

    evaluated(context)

    found = [verdict(context, name).state for name in ("旧系统", "新系统", "更旧的系统")]
    assert found == ["unscored", "active", "unscored"]


def test_a_zone_that_goes_quiet_as_a_whole_was_not_watched(context: Context) -> None:
    for n in range(5):
        system(context, f"系统{n}", (f"192.0.2.{n + 1}", 443), zone="Z")
        use(context, f"192.0.2.{n + 1}", 443, [12] * 170 + [2] * 30, zone="Z")
    system(context, "别处", ("198.18.0.1", 443), zone="Y")
    use(context, "198.18.0.1", 443, [12] * 200, zone="Y")

    found = {f.name: f for f in facts_of_all(TODAY, ("live",), ZombieSettings(), context)}

    assert list(found["系统0"].daily.coverage)[-31:] == [1.0] + [0.0] * 30
    assert list(found["别处"].daily.coverage)[-31:] == [1.0] * 31
    assert list(found["系统0"].daily.clients)[-30:] == [2] * 30


def test_one_system_that_goes_quiet_among_busy_ones_is_seen_to(context: Context) -> None:
    for n in range(5):
        last = [0] * 30 if n == 0 else [12] * 30
        system(context, f"系统{n}", (f"192.0.2.{n + 1}", 443), zone="Z")
        use(context, f"192.0.2.{n + 1}", 443, [12] * 170 + last, zone="Z")

    (first, *_) = facts_of_all(TODAY, ("live",), ZombieSettings(), context)

    assert set(first.daily.coverage[-30:]) == {1.0}


def test_an_endpoint_that_nobody_sees_is_never_called_dead(context: Context) -> None:
    for n in range(4):
        system(context, f"系统{n}", (f"192.0.2.{n + 1}", 443), asset=DEAD)
        use(context, f"192.0.2.{n + 1}", 443, [0] * 200, coverage=0.0 if n == 0 else 1.0)
    weekly(context, {f"192.0.2.{n + 1}": [443] if n else None for n in range(4)})

    evaluated(context)

    found = verdict(context, "系统0")
    assert (found.state, found.missing) == ("unverified", ("passive",))


def test_an_outage_of_the_collector_freezes_what_was_decided(
    context: Context, clock: SetClock
) -> None:
    system(context, "老报名系统", ("192.0.2.10", 80), asset=DEAD)
    use(context, "192.0.2.10", 80, HALF_YEAR)
    weekly(context, {"192.0.2.10": [80]})
    for _ in range(2):
        evaluated(context)
        clock.advance(days=1)
    clock.advance(days=45)

    evaluated(context)

    found = verdict(context, "老报名系统")
    assert (found.state, found.is_frozen) == ("zombie", True)
    assert "passive" in found.missing

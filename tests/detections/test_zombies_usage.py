"""Daily use as verdicts see it: who called, what was taken out, and for whom."""

from __future__ import annotations

from datetime import date

from soc.context import Context
from tests.detections.estate import system, use, weekly
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

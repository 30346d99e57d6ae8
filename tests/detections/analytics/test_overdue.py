"""Runs of the plan that did not come are alerts, one a job, until the job runs again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from soc._runner_alive import Worker
from soc._runner_history import begin, leave
from soc.context import Context
from soc.jobs import Job, Outcome, Params
from soc.records.alert import Alert
from soc.schedule import Entry, plan, watch
from tests.conftest import SetClock
from tests.detections.flows import DAWN, detect, found

PLAN = {"detect": "1m", "rollup": "05:40"}


@pytest.fixture
def site(context: Context, clock: SetClock) -> Context:
    """A plan that a scheduler read on the evening before, and whose jobs ran then."""
    clock.set(DAWN - timedelta(hours=2))
    made = replace(context, config=context.config.model_copy(update={"schedule": PLAN}))
    watch(entries(made), made)
    for job in PLAN:
        ran(made, job)
    return made


def entries(context: Context) -> list[Entry]:
    return plan(context.config.schedule, context.jobs.names(), place="soc.toml")


def ran(context: Context, job: str) -> None:
    leave(job_of(job), context, context.clock.now(), Outcome())


def job_of(name: str) -> Job:
    return Job(name, lambda params, context: Outcome(), Params, lock=name)


def told(context: Context) -> list[tuple[str | None, str, str | None]]:
    return [(a.entity, a.state, a.explanation) for a in found(context, "overdue")]


def test_a_job_that_did_not_come_is_told_by_any_detection_and_once(
    site: Context, clock: SetClock
) -> None:
    clock.set(DAWN + timedelta(hours=6, minutes=41))
    for _ in range(3):
        ran(site, "detect")
        detect(site)
        clock.advance(minutes=1)

    ((entity, state, said),) = told(site)
    assert (entity, state) == ("rollup", "open")
    assert said == (
        "计划任务 rollup 应在 03-18 05:40 运行而没有运行，上次运行于 03-17 22:00；"
        "此后它的结果都是缺的或旧的。"
    )
    (alert,) = found(site, "overdue")
    assert (alert.title, alert.severity, alert.count) == ("计划任务逾期", "high", 1)
    assert alert.first_seen == DAWN + timedelta(hours=5, minutes=40)


def test_within_the_hour_of_grace_nothing_is_told(site: Context, clock: SetClock) -> None:
    clock.set(DAWN + timedelta(hours=6, minutes=39))
    ran(site, "detect")
    detect(site)

    assert told(site) == []


def test_when_the_job_runs_again_the_alert_says_since_when(site: Context, clock: SetClock) -> None:
    clock.set(DAWN + timedelta(hours=7))
    ran(site, "detect")
    detect(site)
    clock.set(DAWN + timedelta(hours=9))
    ran(site, "rollup")
    for _ in range(3):
        ran(site, "detect")
        detect(site)
        clock.advance(minutes=20)

    ((_, state, said),) = told(site)
    assert (state, said) == (
        "open",
        "计划任务 rollup 应在 03-18 05:40 运行而没有运行，已于 03-18 09:00 恢复运行。",
    )
    (alert,) = found(site, "overdue")
    assert alert.count == 1


def test_a_recovered_run_is_not_taken_back_days_later(site: Context, clock: SetClock) -> None:
    clock.set(DAWN + timedelta(hours=7))
    detect(site)
    ran(site, "rollup")
    for day in range(5):
        clock.set(DAWN + timedelta(days=day, hours=8))
        for job in PLAN:
            ran(site, job)
        detect(site)

    rollup = [alert for alert in found(site, "overdue") if alert.entity == "rollup"]
    assert [alert.count for alert in rollup] == [1]


def test_a_second_outage_folds_into_the_alert_that_is_open(site: Context, clock: SetClock) -> None:
    for day in (0, 2):
        clock.set(DAWN + timedelta(days=day, hours=7))
        ran(site, "detect")
        detect(site)
        ran(site, "rollup")
        ran(site, "detect")
        detect(site)

    (alert,) = [each for each in found(site, "overdue") if each.entity == "rollup"]
    assert alert.count == 2


def test_a_plan_that_is_new_or_was_changed_is_never_late_for_what_was_before(
    site: Context, clock: SetClock
) -> None:
    clock.set(DAWN + timedelta(hours=12))
    changed = {"detect": "5m", "rollup": "04:00", "zombies": "05:50"}
    other = replace(site, config=site.config.model_copy(update={"schedule": changed}))
    detect(other)  # before any scheduler has read it
    watch(entries(other), other)

    detect(other)

    assert told(other) == []


def test_a_job_that_never_ran_is_told_once_the_plan_is_a_day_old(
    context: Context, clock: SetClock
) -> None:
    clock.set(DAWN)
    site = replace(
        context, config=context.config.model_copy(update={"schedule": {"rollup": "05:40"}})
    )
    watch(entries(site), site)
    clock.set(DAWN + timedelta(hours=7))

    detect(site)

    ((_, _, said),) = told(site)
    assert said == "计划任务 rollup 应在 03-18 05:40 运行而没有运行，列入计划后从未运行过。"


def test_a_schedule_tick_tells_while_detection_itself_is_dead(
    site: Context, clock: SetClock
) -> None:
    clock.set(DAWN + timedelta(hours=1))
    ran(site, "rollup")

    watch(entries(site), site)

    assert [entity for entity, _, _ in told(site)] == ["detect"]


def test_ticks_run_the_alarm_only_when_what_is_late_has_changed(
    site: Context, clock: SetClock
) -> None:
    clock.set(DAWN + timedelta(hours=7))
    for _ in range(5):
        watch(entries(site), site)
        clock.advance(minutes=1)

    runs = [run for run in site.store.records.find("run") if getattr(run, "job", "") == "overdue"]
    assert len(runs) == 1
    assert sorted(str(entity) for entity, _, _ in told(site)) == ["detect", "rollup"]


def test_a_run_on_its_way_is_not_late_until_it_is_taken_for_stuck(
    site: Context, clock: SetClock
) -> None:
    clock.set(DAWN + timedelta(hours=5, minutes=40))
    begin(job_of("rollup"), site, clock.now(), Worker.here())
    clock.advance(hours=5)
    ran(site, "detect")
    detect(site)
    assert told(site) == []

    clock.advance(hours=1)
    ran(site, "detect")
    detect(site)

    ((_, _, said),) = told(site)
    assert said == (
        "计划任务 rollup 自 03-18 05:40 开始运行，至今未结束，03-18 05:40 的运行因此没有进行。"
    )


def test_a_run_that_should_come_each_minute_is_taken_for_stuck_after_an_hour(
    site: Context, clock: SetClock
) -> None:
    clock.set(DAWN)
    ran(site, "rollup")
    begin(job_of("detect"), site, clock.now(), Worker.here())
    clock.advance(minutes=59)
    watch(entries(site), site)
    early = told(site)
    clock.advance(minutes=2)

    watch(entries(site), site)

    assert early == []
    ((entity, _, said),) = told(site)
    assert entity == "detect"
    assert "至今未结束" in str(said)


def test_a_run_whose_process_was_killed_is_late_after_the_hour(
    site: Context, clock: SetClock
) -> None:
    clock.set(DAWN + timedelta(hours=5, minutes=40))
    me = Worker.here()
    begin(job_of("rollup"), site, clock.now(), replace(me, ticks=me.ticks + 1))
    clock.advance(minutes=61)
    ran(site, "detect")

    detect(site)

    assert [entity for entity, _, _ in told(site)] == ["rollup"]


def test_a_job_that_leaves_the_plan_is_no_longer_told(site: Context, clock: SetClock) -> None:
    clock.set(DAWN + timedelta(hours=7))
    ran(site, "detect")
    detect(site)
    without = replace(site, config=site.config.model_copy(update={"schedule": {"detect": "1m"}}))

    detect(without)

    held: list[Alert] = found(site, "overdue")
    assert [alert.count for alert in held] == [0]

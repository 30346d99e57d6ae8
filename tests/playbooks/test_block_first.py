"""先封后补: in force at once, ratified by another login, or let go."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from playbooks import block
from playbooks._block_effective import stocked
from soc.actor import Actor
from soc.errors import ConfigError, ScopeError
from soc.records.drill import Drill
from tests.playbooks.test_block import alert, only, proposed, second, store
from tests.playbooks.test_block_export import exported

if TYPE_CHECKING:
    from soc.context import Context
    from tests.conftest import SetClock

DRILL = "LY-2026-001"


def prepare(context: Context, *, hours: float = 8, network: str | None = None) -> None:
    """A drill that runs, and one proposal."""
    now = context.clock.now()
    held = Drill(
        id="lt-drill-1",
        no=DRILL,
        state="planned",
        at=now,
        author=context.actor.author(),
        name="听潮-2026",
        year=2026,
        start=now - timedelta(hours=1),
        end=now + timedelta(hours=hours),
    )
    store(context, [held, alert(context, "a1", "203.0.113.7")])
    proposed(context, **({"networks": [network], "alerts": ["a1"]} if network else {}))


def listed(context: Context) -> list[str]:
    value = exported(context, allow_shrink=True)
    return Path(value["lists"][0]["path"]).read_text(encoding="utf-8").split()


def test_a_single_address_is_on_the_list_before_anybody_approved_it(context: Context) -> None:
    prepare(context)

    (found,) = block.first(context, ["203.0.113.7"], DRILL, "正在利用漏洞")

    assert (found.state, found.approval, found.drills) == (
        "exported",
        "ratify_later",
        ("lt-drill-1",),
    )
    assert found.ratify_by == context.clock.now() + timedelta(hours=2)
    assert listed(context) == ["203.0.113.7"]


def test_until_it_is_ratified_the_device_is_told_to_let_it_go_by_itself(context: Context) -> None:
    prepare(context)

    block.first(context, ["203.0.113.7"], DRILL)

    (standing,) = stocked(block.blocks(context), context.clock.now()).standing
    assert standing.entry.expires_at == only(context).ratify_by


def test_ratified_by_another_login_it_stands_to_its_own_end(context: Context) -> None:
    prepare(context)
    block.first(context, ["203.0.113.7"], DRILL)

    (found,) = block.approve(second(context), ["203.0.113.7"], "核对无误")

    (standing,) = stocked([found], context.clock.now()).standing
    assert (found.state, found.approved_by) == ("exported", "second")
    assert standing.entry.expires_at == found.expires_at


def test_not_ratified_in_time_it_is_released_by_the_next_export_and_told(
    context: Context, clock: SetClock
) -> None:
    prepare(context)
    block.first(context, ["203.0.113.7"], DRILL)
    exported(context)
    clock.advance(hours=2)

    value = exported(context)

    assert [line["network"] for line in value["lapsed"]] == ["203.0.113.7"]
    assert only(context).state == "released"
    assert only(context).release_reason
    with pytest.raises(ScopeError):
        block.approve(second(context), ["203.0.113.7"])


def test_who_blocked_first_cannot_ratify_though_another_proposed_it(context: Context) -> None:
    prepare(context)
    block.first(second(context), ["203.0.113.7"], DRILL)

    with pytest.raises(ScopeError, match="another login must ratify"):
        block.approve(second(context), ["203.0.113.7"])

    third = replace(context, actor=Actor("third", None, frozenset({"approve"}), "cli", "t"))
    assert block.waiting(second(context)) == []
    assert block.approve(third, block.waiting(third))[0].approved_by == "third"


def test_a_network_is_never_blocked_first(context: Context) -> None:
    prepare(context, network="203.0.113.0/28")

    with pytest.raises(ScopeError, match="single addresses"):
        block.first(context, ["203.0.113.0/28"], DRILL)


def test_without_a_drill_or_incident_nothing_is_blocked_first(
    context: Context, clock: SetClock
) -> None:
    prepare(context, hours=1)

    with pytest.raises(ConfigError, match="no such drill"):
        block.first(context, ["203.0.113.7"], "LY-2026-999")
    clock.advance(hours=1)
    with pytest.raises(ScopeError, match="is review"):
        block.first(context, ["203.0.113.7"], DRILL)

    assert only(context).state == "proposed"


def test_a_guard_stops_the_fast_lane_and_it_is_audited(context: Context) -> None:
    from soc.scope import Scope

    prepare(context)
    guarded = replace(context, scope=Scope.read((), ("203.0.113.0/28",), context.estate))

    with pytest.raises(ScopeError, match="guarded by"):
        block.first(guarded, ["203.0.113.7"], DRILL)

    assert list(context.store.audit.entries())[-1]["wanted"] == "first"


def test_a_job_never_blocks_first(context: Context) -> None:
    prepare(context)
    job = replace(context, actor=context.actor.acting("schedule"))

    with pytest.raises(ScopeError, match="never a job"):
        block.first(job, ["203.0.113.7"], DRILL)

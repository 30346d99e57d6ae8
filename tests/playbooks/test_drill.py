from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from playbooks import drill
from playbooks._drill_check import Lack, lacks
from playbooks._drill_params import Registration, moment, today_at
from playbooks._drill_view import details, entry_view, told, view
from soc import evidence
from soc._open import refreshed
from soc.errors import InputError, ScopeError, StoreError
from soc.metrics import question
from soc.net import network
from soc.records.alert import Alert, Attacker, Victim
from soc.records.block import Block, BlockReason
from soc.records.unit import Unit
from soc.store import Change
from tests.soc._stored import stored
from tests.soc.metrics._world import AS_OF, PERIOD, drilled

if TYPE_CHECKING:
    from soc.context import Context
    from soc.records.drill import Drill
    from tests.conftest import SetClock

SOURCE = "192.0.2.0/28"


def registered(context: Context, name: str = "听潮-2026", **given: Any) -> Drill:
    asked = {"start": "2026-03-18T08:00", "end": "2026-03-18", "attack_sources": (SOURCE,)}
    return drill.new(context, Registration(name, **(asked | given)))


def put(context: Context, *records: Any) -> None:
    context.store.records.apply([Change(f"{r.id}/{i}", r) for i, r in enumerate(records)])


def alert(context: Context, id: str, address: str = "192.0.2.5", **given: Any) -> Alert:
    now = context.clock.now()
    return Alert(
        id=id,
        state="open",
        at=now,
        author=context.actor.author(),
        rule="r1",
        title="后门上传",
        first_seen=now - timedelta(minutes=10),
        last_seen=now,
        attackers=(Attacker(address=address),),
        **given,
    )


def test_a_drill_is_registered_with_what_people_said(context: Context) -> None:
    author, now = context.actor.author(), context.clock.now()
    put(context, Unit(id="u1", state="active", at=now, author=author, name="澜汀区教育局"))

    found = registered(
        context,
        organiser="市委网信办",
        role="defender",
        level="city",
        type="attack_defence",
        units=("澜汀区教育局：防守",),
        targets=("198.51.100.10",),
        posts=("监测组:周启明，林若溪",),
    )

    assert found.no == "YL-2026-001"
    assert found.state == "running"
    assert (found.start, found.end) == (
        datetime(2026, 3, 18, tzinfo=UTC),
        datetime(2026, 3, 18, 16, tzinfo=UTC),
    )
    assert [(p.unit, p.role) for p in found.participants] == [("u1", "防守")]
    assert found.targets == ("198.51.100.10",)
    assert found.posts[0].people == ("周启明", "林若溪")
    assert drill.find(context, "听潮-2026") == drill.find(context, "YL-2026-001") == found


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"end": "2026-03-17"}, "lies before the begin"),
        ({"start": "soon"}, "--from: 'soon'"),
        ({"role": "attacker"}, "--role: 'attacker': use one of defender, organiser"),
        ({"units": ("无此单位",)}, "--unit: '无此单位': is not in the ledger"),
        ({"targets": ("nothing",)}, "--target: 'nothing'"),
        ({"protected": ("192.0.2.1/24",)}, "--protected: "),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(
    context: Context, given: dict[str, Any], why: str
) -> None:
    with pytest.raises(InputError, match=why):
        registered(context, **given)

    assert drill.listed(context) == []


def test_a_drill_is_registered_once_a_year(context: Context) -> None:
    registered(context)

    with pytest.raises(InputError, match="registered already"):
        registered(context)


def test_only_who_may_judge_registers_and_closes_and_a_refusal_is_audited(
    context: Context,
) -> None:
    visitor = replace(context, actor=replace(context.actor, rights=frozenset()))
    found = registered(context)

    with pytest.raises(ScopeError, match="judge"):
        registered(visitor, "蓝湾")
    with pytest.raises(ScopeError, match="judge"):
        drill.close(visitor, found)

    refused = [e for e in context.store.audit.entries() if e.get("action") == "refused"]
    assert len(refused) == 2
    assert context.store.audit.verify().ok


def test_where_a_drill_stands_goes_by_its_time(context: Context, clock: SetClock) -> None:
    found = registered(context)

    assert drill.standing(found, clock.now()) == "running"
    assert drill.standing(found, clock.now() - timedelta(hours=2)) == "planned"
    assert drill.standing(found, clock.now() + timedelta(days=1)) == "review"
    closed = drill.close(context, found)
    assert drill.standing(closed, clock.now() - timedelta(hours=2)) == "closed"


def test_what_a_drill_protects_is_never_blocked_while_it_runs(
    context: Context, clock: SetClock
) -> None:
    wanted = [network("203.0.113.64/28")]
    registered(context, protected=("203.0.113.66",))
    during = refreshed(context).scope.blockable(wanted)
    clock.set(datetime(2026, 3, 20, tzinfo=UTC))
    after = refreshed(context).scope.blockable(wanted)

    assert [r.guard for r in during.removed] == ["drill YL-2026-001 听潮-2026"]
    assert network("203.0.113.66") not in during.allowed
    assert sum(n.size for n in during.allowed) == 15
    assert after.allowed == wanted


def test_the_log_keeps_time_author_and_evidence(context: Context, tmp_path: Path) -> None:
    found, shot = registered(context), tmp_path / "waf.png"
    shot.write_bytes(b"\x89PNG")

    entry = drill.log(context, found, "发现后门", at="08:40", stage="detect", files=[shot])
    again = drill.log(context, found, "发现后门", at="08:40", stage="detect", files=[shot])

    assert again == entry
    assert entry.happened_at == datetime(2026, 3, 18, 0, 40, tzinfo=UTC)
    assert entry_view(entry)["by"] == "周启明"
    kept = evidence.find(context, entry.evidence[0])
    assert kept.cited_by == (found.id, entry.id)
    assert len(list(context.store.records.find("entry"))) == 1


@pytest.mark.parametrize(
    ("text", "given", "why"),
    [
        (" ", {}, "no text"),
        ("x", {"stage": "party"}, "--stage: 'party': use one of prepare"),
        ("x", {"at": "25:00"}, "--at: '25:00'"),
        ("x", {"files": [Path("/nowhere/at.all")]}, "name a file that can be read"),
    ],
)
def test_a_line_that_cannot_be_written_is_refused(
    context: Context, text: str, given: dict[str, Any], why: str
) -> None:
    found = registered(context)

    with pytest.raises(InputError, match=why):
        drill.log(context, found, text, **given)

    assert list(context.store.records.find("entry")) == []


def test_the_timeline_joins_alerts_blocks_and_the_log(context: Context, clock: SetClock) -> None:
    found, made = registered(context), alert(context, "a1")
    now, author = clock.now(), context.actor.author()
    block = Block(
        id="b1",
        state="proposed",
        at=now,
        author=author,
        prefix="192.0.2.5/32",
        scope="edge",
        proposed_by=author.login,
        reasons=(BlockReason(category="x", alert="a1", at=now + timedelta(minutes=1)),),
    )
    put(context, made, alert(context, "a2", "203.0.113.9"), block)
    clock.advance(minutes=5)
    drill.log(context, found, "已通知教育局", stage="respond")

    moments = drill.timeline(context, found)

    assert [(m.what, m.record) for m in moments][1:] == [
        ("attacked", "a1"),
        ("detected", "a1"),
        ("proposed", "b1"),
        ("logged", moments[-2].record),
        ("ends", found.id),
    ]
    assert told(moments[-2], "zh") == ("记事", "已通知教育局 [应急处置]")


def test_times_and_numbers_are_shown_with_stable_keys(context: Context) -> None:
    found = registered(context)
    put(context, alert(context, "a1"))

    shown = details(found, "running", drill.asked(context, found))

    assert shown["times"]["detect"] == {"count": 1, "median_s": 600, "p90_s": 600}
    assert shown["times"]["judge"] == {"count": 0, "median_s": None, "p90_s": None}
    assert shown["numbers"]["drill_alerts"] == 1
    assert shown["alerts"][0]["id"] == "a1"
    assert shown | view(found, "running") == shown


def test_closing_keeps_what_the_drill_rests_on(context: Context, clock: SetClock) -> None:
    found, ids = registered(context), stored(context, 2)
    put(context, alert(context, "a1", evidence=tuple(ids)))
    clock.advance(minutes=5)

    closed = drill.close(context, found, "提前结束")

    assert (closed.state, closed.end) == ("closed", clock.now())
    kept = evidence.kept_for(context, found.id)
    assert [each.event_ids for each in kept] == [tuple(sorted(ids))]
    assert "a1" in kept[0].cited_by
    with pytest.raises(StoreError, match="closed already"):
        drill.close(context, closed)
    with pytest.raises(StoreError, match="its log is closed"):
        drill.log(context, closed, "太晚")
    assert context.store.audit.verify().ok


def test_the_check_names_everything_that_is_missing() -> None:
    world = drilled()
    asked = question(PERIOD, world.context, AS_OF, subject="lt-drill-1")
    (found,) = (r for r in world.records.find("drill"))

    names = {each.what for each in lacks(found, asked, {"e1": "altered"})}  # type: ignore[arg-type]

    assert names == {"no_posts", "open_alert", "no_evidence", "evidence_broken"}


def test_the_check_of_the_register_finds_a_protected_attack_source(context: Context) -> None:
    found = registered(context, protected=("192.0.2.1",), end=None)

    named = drill.check(context, found)

    assert Lack("protected_source", found.id, "192.0.2.1") in named
    assert {"no_organiser", "no_role", "no_end", "no_participants"} <= {e.what for e in named}
    assert "no_bounds" not in {each.what for each in named}


def test_the_check_finds_a_log_that_cannot_be(context: Context) -> None:
    found = registered(context)
    drill.log(context, found, "前一日", at="2026-03-17T09:00", stage="judge")
    drill.log(context, found, "明日之事", at="2026-03-18T12:00", stage="problem")

    named = {(each.what, each.detail) for each in drill.check(context, found)}

    assert ("entry_outside", "前一日") in named
    assert ("entry_unproven", "前一日") in named
    assert ("entry_ahead", "明日之事") in named


def test_a_victim_that_is_a_target_makes_an_alert_part_of_the_drill(context: Context) -> None:
    found = registered(context, attack_sources=(), targets=("198.51.100.0/24",))
    victims = (Victim(endpoint="198.51.100.10:443"),)
    put(context, alert(context, "a1", "203.0.113.5", victims=victims))

    assert [e.record for e in drill.timeline(context, found)][1] == "a1"


def test_times_are_read_on_the_clock_of_the_site(context: Context) -> None:
    calendar, now = context.calendar, context.clock.now()

    assert moment("2026-03-18", calendar, "--to", is_end=True).isoformat() == (
        "2026-03-18T16:00:00+00:00"
    )
    assert moment("2026-03-18T08:00Z", calendar, "--from").hour == 8
    assert today_at("23:30", now, calendar, "--at").isoformat() == "2026-03-18T15:30:00+00:00"

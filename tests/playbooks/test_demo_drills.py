"""The two drills of the made day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from playbooks import _demo_drills as drills
from playbooks import block, drill
from playbooks._demo_found import SHARED
from playbooks.simulate import _campaigns, day
from playbooks.simulate import _city as city
from soc.records import Record, make_id
from soc.records.alert import Alert, Attacker
from soc.records.block import Block
from soc.records.entry import Entry
from soc.records.system import System
from soc.records.unit import Unit
from soc.store import Change
from tests.conftest import NOW

if TYPE_CHECKING:
    from soc.context import Context
    from tests.conftest import SetClock


@pytest.fixture
def estate(context: Context) -> Context:
    """The units and the target of the drills are registered."""
    author, code = context.actor.author(), context.config.site.code
    units = [
        Unit(id=make_id(code, "unit", u.name), state="active", at=NOW, author=author, name=u.name)
        for u in city.UNITS
    ]
    targets = [
        System(id=make_id(code, "system", name), state="running", at=NOW, author=author, name=name)
        for name in ("义务教育招生平台", "云汀街道网格系统", "云汀街道网格数据服务")
    ]
    made = [*units, *targets]
    context.store.records.apply([Change(f"{each.id}:1", each, expected=0) for each in made])
    return context


@pytest.fixture
def duty(estate: Context) -> Context:
    """Both drills are registered, and the actor is who is on duty."""
    drills.register(estate)
    return replace(estate, actor=replace(estate.actor, login="duty"))


def test_the_two_overlap_and_are_made_up(duty: Context) -> None:
    own, whole = (drill.find(duty, name) for name in (drills.OWN, drills.CITY))

    assert whole.start < own.start
    assert own.end is not None
    assert whole.end is not None
    assert own.end < whole.end
    assert {own.origin, whole.origin} == {"simulated"}


@pytest.mark.parametrize("name", [drills.CITY, drills.OWN])
def test_each_has_sources_targets_teams_and_what_is_protected(duty: Context, name: str) -> None:
    found = drill.find(duty, name)

    assert SHARED in found.attack_sources
    assert found.targets
    assert found.protected
    assert found.participants
    assert found.posts
    assert not {lack.what for lack in drill.check(duty, found)}


def piece(folder: Path, clock: SetClock, at: str) -> day.Piece:
    """The piece after which it is that time, with a file of the sensor."""
    clock.set(datetime.fromisoformat(at).replace(tzinfo=day.ZONE))
    eve = folder / "eve.json"
    eve.write_text("{}")
    return day.Piece(clock.now(), {day.SENSOR: eve})


def entries(context: Context) -> list[Entry]:
    found = [cast("Entry", entry) for entry in context.store.records.find("entry")]
    return sorted(found, key=lambda entry: entry.happened_at)


def test_each_writes_what_is_his_of_the_time_that_went_by_once(
    duty: Context, clock: SetClock, tmp_path: Path
) -> None:
    lead = replace(duty, actor=replace(duty.actor, login="lead"))
    before = day.midnight()
    for at in ("2026-03-18T10:20", "2026-03-18T11:20", "2026-03-18T18:20"):
        held = piece(tmp_path, clock, at)
        for context in (duty, lead):
            drills.write(context, before, held, tmp_path)
        before = clock.now()

    found = entries(duty)
    assert [entry.text for entry in found] == [line.text for line in drills.LOG]
    assert [entry.author.login for entry in found] == [line.by for line in drills.LOG]
    assert all(entry.happened_at <= entry.at for entry in found)
    assert {entry.about for entry in found} == {
        drill.find(duty, name).id for name in (drills.OWN, drills.CITY)
    }


def test_a_line_that_rests_on_a_file_keeps_it(
    duty: Context, clock: SetClock, tmp_path: Path
) -> None:
    (tmp_path / drills.BLOCKLIST).write_text("198.51.100.23\n")

    drills.write(duty, day.midnight(), piece(tmp_path, clock, "2026-03-18T10:20"), tmp_path)

    assert [bool(entry.evidence) for entry in entries(duty)] == [False, True]


def test_alerts_are_closed_where_the_attacker_is_kept_out_else_taken_on(
    duty: Context, clock: SetClock
) -> None:
    clock.set(datetime(2026, 3, 18, 3, tzinfo=UTC))
    seen: dict[str, Any] = {"at": clock.now(), "author": duty.actor.author(), "rule": "r"}
    seen |= {"first_seen": clock.now(), "last_seen": clock.now(), "title": "t", "state": "open"}
    held = Block(
        id="b",
        state="proposed",
        at=clock.now(),
        author=duty.actor.author(),
        prefix=SHARED,
        scope="t",
        proposed_by="duty",
        expires_at=clock.now() + timedelta(days=1),
    )
    made: list[Record] = [held]
    made += [
        Alert(id=name, attackers=(Attacker(address=address),), **seen)
        for name, address in (("out", SHARED), ("in", _campaigns.KIOSK), ("else", "203.0.113.9"))
    ]
    duty.store.records.apply([Change(f"{each.id}:1", each, expected=0) for each in made])

    lead = replace(duty, actor=replace(duty.actor, login="lead"))
    block.approve(lead, ["b"])
    drills.judge(lead)

    found = {n: cast("Alert", duty.store.records.get("alert", n)) for n in ("out", "in", "else")}
    assert {name: alert.state for name, alert in found.items()} == {
        "out": "closed",
        "in": "acknowledged",
        "else": "open",
    }
    assert (found["out"].verdict, found["out"].judged_at) == ("attack", clock.now())
    assert found["in"].judged_at is None

"""The two drills of the made day."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from playbooks import _demo_drills as drills
from playbooks import drill
from playbooks.simulate import _city as city
from soc.records import make_id
from soc.records.entry import Entry
from soc.records.system import System
from soc.records.unit import Unit
from soc.store import Change
from tests.conftest import NOW

if TYPE_CHECKING:
    from soc.context import Context


@pytest.fixture
def estate(context: Context) -> Context:
    """The units and the target of the drills are registered."""
    author, code = context.actor.author(), context.config.site.code
    units = [
        Unit(id=make_id(code, "unit", u.name), state="active", at=NOW, author=author, name=u.name)
        for u in city.UNITS
    ]
    target = System(
        id=make_id(code, "system", "t"),
        state="running",
        at=NOW,
        author=author,
        name="义务教育招生平台",
    )
    made = [*units, target]
    context.store.records.apply([Change(f"{each.id}:1", each, expected=0) for each in made])
    return context


def test_the_two_overlap_and_are_made_up(estate: Context) -> None:
    drills.hold(estate)

    own, whole = (drill.find(estate, name) for name in (drills.OWN, drills.CITY))
    assert whole.start < own.start
    assert own.end is not None
    assert whole.end is not None
    assert own.end < whole.end
    assert {own.origin, whole.origin} == {"simulated"}


def test_each_has_a_log(estate: Context) -> None:
    drills.hold(estate)

    about = {cast("Entry", entry).about for entry in estate.store.records.find("entry")}
    assert about == {drill.find(estate, name).id for name in (drills.OWN, drills.CITY)}

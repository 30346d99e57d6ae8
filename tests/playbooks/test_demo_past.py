"""The days before the made one, through the jobs of a site."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, cast

import pytest

from playbooks import _demo_past as past
from playbooks.simulate import _city as city
from playbooks.simulate import _estate, day
from soc.errors import ScopeError
from soc.records.system import System
from soc.records.unit import Unit
from soc.store import Change
from tests.conftest import NOW

if TYPE_CHECKING:
    from soc.context import Context


def system(name: str, context: Context) -> System:
    return System(
        id=f"lt-system-{name}", state="running", at=NOW, author=context.actor.author(), name=name
    )


def test_the_bureau_is_known_by_its_former_name(context: Context) -> None:
    past.register_units(context)

    units = [cast("Unit", each) for each in context.store.records.find("unit")]
    named = {alias.name: unit.name for unit in units for alias in unit.aliases}
    assert named == {_estate.OLD_NAME: city.UNITS[0].name}


def test_all_units_are_registered_those_below_others_with_them(context: Context) -> None:
    past.register_units(context)

    units = {u.id: cast("Unit", u) for u in context.store.records.find("unit")}
    above = {u.name: units[u.parent].name for u in units.values() if u.parent}
    assert len(units) == 12
    assert above == {"澜汀区人民医院": "澜汀区卫生健康局", "望榕社区工作站": "云汀街道办事处"}


def test_only_what_is_to_be_kept_is_declared(context: Context) -> None:
    names = [_estate.BENIGN[0].system.name, _estate.SILENT[0].system.name]
    made = [system(name, context) for name in names]
    context.store.records.apply([Change(f"{each.id}:1", each, expected=0) for each in made])

    past.declare(context)

    found = [cast("System", context.store.records.get("system", each.id)) for each in made]
    assert [each.declaration.pattern if each.declaration else None for each in found] == [
        "seasonal",
        None,
    ]


def test_who_may_not_approve_declares_nothing(context: Context) -> None:
    bare = replace(context, actor=replace(context.actor, rights=frozenset()))

    with pytest.raises(ScopeError):
        past.declare(bare)


def test_it_begins_before_the_first_day_or_on_the_made_one() -> None:
    assert past.first_morning(3).date() == date(2026, 3, 15)
    assert past.first_morning(0) == day.midnight()


def test_counts_add_up_lists_grow_and_of_the_rest_the_last_word_stands() -> None:
    total: dict[str, object] = {}
    for told in (
        {"result": "done", "rules": 11, "opened": 2, "refused": [1]},
        {"result": "partial", "rules": 11, "opened": 3, "refused": [2, 3]},
    ):
        total = past.merged(total, told)

    assert total == {"result": "partial", "rules": 11, "opened": 5, "refused": [1, 2, 3]}

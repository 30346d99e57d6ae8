from __future__ import annotations

from typing import Any, get_type_hints

import pytest

from soc.errors import StoreError
from soc.plugins import names
from soc.records import Record, kinds
from soc.records._decode import reader
from soc.records._registry import kind_of
from tests.soc.records.test_labels import walked

ALL = sorted(kinds())
RIGHTS = {"approve", "scan", "block", "judge", "admin"}


def test_every_module_is_a_kind_of_its_own_name() -> None:
    assert names("soc.records") == ALL


def test_the_table_of_kinds_cannot_be_changed_from_outside() -> None:
    kinds().clear()

    assert kinds()


def test_an_unknown_kind_is_named_with_those_that_there_are() -> None:
    with pytest.raises(StoreError, match="record kind 'ticket': use one of alert, asset"):
        kind_of("ticket")


@pytest.mark.parametrize("kind", ALL)
def test_states_are_closed_under_their_transitions(kind: str) -> None:
    found = kinds()[kind]
    targets = {target for after in found.transitions.values() for target in after}

    assert targets | set(found.transitions) | set(found.initial) <= set(found.states)
    assert set(found.rights) <= set(found.states)
    assert set(found.rights.values()) <= RIGHTS
    assert len(set(found.states)) == len(found.states)


@pytest.mark.parametrize("kind", ALL)
def test_every_state_can_be_reached(kind: str) -> None:
    found = kinds()[kind]
    reached = set(found.initial or found.states)
    for _ in found.states:
        reached |= {after for state in reached for after in found.transitions.get(state, ())}

    assert reached == set(found.states)


@pytest.mark.parametrize("kind", ALL)
def test_personal_and_indexed_fields_exist(kind: str) -> None:
    annotation: Any = kinds()[kind]
    known = dict(walked(annotation))

    assert [name for name in (*annotation.personal, *annotation.indexed) if name not in known] == []


@pytest.mark.parametrize("kind", ALL)
def test_a_record_is_frozen_and_every_field_can_be_stored(kind: str) -> None:
    annotation: Any = kinds()[kind]

    assert issubclass(annotation, Record)
    assert annotation.__dataclass_params__.frozen
    assert callable(reader(annotation))
    assert get_type_hints(annotation)

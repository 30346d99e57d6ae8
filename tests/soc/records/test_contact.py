from __future__ import annotations

from itertools import pairwise

from soc.records import check_transition
from soc.records.contact import Contact
from tests.soc.records.samples import by


def in_state(state: str) -> Contact:
    return Contact(**by(), state=state, name="林若溪")


def test_a_contact_may_come_back() -> None:
    life = ("active", "left", "active")

    check_transition(None, in_state(life[0]))
    for before, after in pairwise(life):
        check_transition(in_state(before), in_state(after))

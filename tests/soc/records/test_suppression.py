from __future__ import annotations

from itertools import pairwise

from soc.records import check_transition
from soc.records.suppression import Suppression
from tests.soc.records.samples import by, illegal


def in_state(state: str) -> Suppression:
    return Suppression(**by(), state=state, type="silence", owner="lin", grounds="割接")


def test_a_suppression_that_was_revoked_is_made_anew() -> None:
    life = ("active", "expired", "active", "revoked")

    check_transition(None, in_state(life[0]))
    for before, after in pairwise(life):
        check_transition(in_state(before), in_state(after))
    illegal(in_state("revoked"), in_state("active"), "revoked -> active")

from __future__ import annotations

from itertools import pairwise

from soc.records import check_transition
from soc.records.unit import Unit
from tests.soc.records.samples import by, illegal


def in_state(state: str) -> Unit:
    return Unit(**by(), state=state, name="数据局")


def test_a_unit_that_was_merged_may_be_split_again_but_not_dissolved() -> None:
    life = ("active", "merged", "active", "dissolved")

    check_transition(None, in_state(life[0]))
    for before, after in pairwise(life):
        check_transition(in_state(before), in_state(after))
    illegal(in_state("merged"), in_state("dissolved"), "merged -> dissolved")

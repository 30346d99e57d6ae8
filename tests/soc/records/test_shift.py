from __future__ import annotations

from itertools import pairwise

from soc.records import check_transition
from soc.records.shift import Shift
from tests.soc.records.samples import AT, by, illegal


def in_state(state: str) -> Shift:
    return Shift(**by(), state=state, start=AT, end=AT, post="监测")


def test_a_shift_that_was_handed_over_is_over() -> None:
    life = ("planned", "on", "handed_over")

    check_transition(None, in_state(life[0]))
    for before, after in pairwise(life):
        check_transition(in_state(before), in_state(after))
    illegal(in_state("handed_over"), in_state("on"), "handed_over -> on")

from __future__ import annotations

from itertools import pairwise

from soc.records import check_transition
from soc.records.drill import Drill
from tests.soc.records.samples import AT, by, illegal


def in_state(state: str) -> Drill:
    return Drill(**by(), state=state, name="深蓝", year=2026, start=AT)


def test_a_drill_that_is_over_does_not_run_again() -> None:
    life = ("planned", "running", "review", "closed", "review")

    check_transition(None, in_state(life[0]))
    for before, after in pairwise(life):
        check_transition(in_state(before), in_state(after))
    illegal(in_state("closed"), in_state("running"), "closed -> running")

from __future__ import annotations

from itertools import pairwise

from soc.records import check_transition
from soc.records.run import Run
from tests.soc.records.samples import AT, by, illegal


def in_state(state: str) -> Run:
    return Run(**by(), state=state, job="detect", started_at=AT)


def test_a_run_that_ended_does_not_run_again() -> None:
    life = ("running", "partial")

    check_transition(None, in_state(life[0]))
    for before, after in pairwise(life):
        check_transition(in_state(before), in_state(after))
    illegal(in_state("partial"), in_state("running"), "partial -> running")

from __future__ import annotations

from itertools import pairwise

from soc.records import check_transition
from soc.records.scan import Scan
from tests.soc.records.samples import by, illegal


def in_state(state: str) -> Scan:
    return Scan(**by(), state=state, plan="daily")


def test_a_stopped_scan_goes_on_and_a_finished_one_does_not() -> None:
    life = ("planned", "running", "stopped", "running", "done")

    check_transition(None, in_state(life[0]))
    for before, after in pairwise(life):
        check_transition(in_state(before), in_state(after))
    illegal(in_state("done"), in_state("running"), "done -> running")

from __future__ import annotations

from itertools import pairwise

from soc.records import check_transition
from soc.records.report import Report
from tests.soc.records.samples import AT, by, illegal


def in_state(state: str) -> Report:
    return Report(**by(), state=state, name="daily", start=AT, end=AT, as_of=AT)


def test_an_edition_that_was_superseded_is_not_issued_again() -> None:
    life = ("built", "issued", "superseded")

    check_transition(None, in_state(life[0]))
    for before, after in pairwise(life):
        check_transition(in_state(before), in_state(after))
    illegal(in_state("superseded"), in_state("issued"), "superseded -> issued")


def test_each_edition_is_a_report_of_its_own() -> None:
    ids = {
        Report.key("lt", name, AT, unit, edition)
        for name in ("daily", "unit")
        for unit in (None, "u1")
        for edition in (1, 2)
    }

    assert len(ids) == 8

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from soc.records import check_transition
from soc.records.incident import Incident
from tests.soc.records.samples import by, illegal, refused


def incident(**values: Any) -> Incident:
    return Incident(**({**by(), "state": "detected", "title": "t"} | values))


def test_a_level_is_given_by_a_person() -> None:
    before = incident(suggested_level="major")

    check_transition(None, before)
    check_transition(before, replace(before, level="major", level_by="林若溪"))
    refused(before, replace(before, level="major"), "fill level_by")


@pytest.mark.parametrize("outcome", ["false_positive", "not_attack", "confirmed"])
def test_what_was_judged_may_be_judged_again(outcome: str) -> None:
    check_transition(incident(state="judging"), incident(state=outcome))
    check_transition(incident(state=outcome), incident(state="judging"))


def test_nothing_is_reported_that_was_not_judged() -> None:
    illegal(incident(), incident(state="reported"), "detected -> reported: what may follow is")


def test_a_returned_report_is_made_again() -> None:
    check_transition(incident(state="reported"), incident(state="returned"))
    check_transition(incident(state="returned"), incident(state="to_report"))

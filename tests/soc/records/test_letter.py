from __future__ import annotations

from itertools import pairwise

from soc.records import check_transition
from soc.records.letter import Letter
from tests.soc.records.samples import AT, by, illegal


def in_state(state: str) -> Letter:
    return Letter(
        **by(),
        state=state,
        destination="elastic",
        dataset="flow",
        origin_host="jump1",
        version=3,
        error="mapping",
        first_at=AT,
        last_at=AT,
    )


def test_a_letter_that_was_delivered_does_not_wait_again() -> None:
    life = ("waiting", "dropped", "waiting", "delivered")

    check_transition(None, in_state(life[0]))
    for before, after in pairwise(life):
        check_transition(in_state(before), in_state(after))
    illegal(in_state("delivered"), in_state("waiting"), "delivered -> waiting")

from __future__ import annotations

from itertools import pairwise

from soc.records import check_transition
from soc.records.period import TimePeriod
from tests.soc.records.samples import AT, by


def in_state(state: str) -> TimePeriod:
    return TimePeriod(**by(), state=state, name="两会", type="guarded", start=AT, end=AT)


def test_a_period_may_be_called_off_and_on_again() -> None:
    life = ("planned", "cancelled", "planned")

    check_transition(None, in_state(life[0]))
    for before, after in pairwise(life):
        check_transition(in_state(before), in_state(after))

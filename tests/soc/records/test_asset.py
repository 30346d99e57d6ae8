from __future__ import annotations

from itertools import pairwise

from soc.records import check_transition
from soc.records.asset import Asset
from tests.soc.records.samples import by


def in_state(state: str) -> Asset:
    return Asset(**by(), state=state, name="web1")


def test_an_asset_that_nobody_knew_may_be_claimed() -> None:
    life = ("unclaimed", "active", "retired", "active")

    check_transition(None, in_state(life[0]))
    for before, after in pairwise(life):
        check_transition(in_state(before), in_state(after))

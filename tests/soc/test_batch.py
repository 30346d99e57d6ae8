from __future__ import annotations

from dataclasses import astuple, fields

from hypothesis import given
from hypothesis import strategies as st

from soc.batch import Batch, Tally

TALLIES = st.builds(Tally, *(st.integers(-9, 9) for _ in fields(Tally)))


@given(TALLIES, TALLIES)
def test_every_count_of_two_tallies_is_added(one: Tally, two: Tally) -> None:
    expected = tuple(a + b for a, b in zip(astuple(one), astuple(two), strict=True))

    assert astuple(one + two) == expected


def test_a_batch_without_rows_carries_its_tally_only() -> None:
    batch = Batch(7, "flow", tally=Tally(refused=3))

    assert (batch.rows, batch.tally.refused, batch.refusals) == (None, 3, ())

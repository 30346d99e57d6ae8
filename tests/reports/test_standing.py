from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports._standing import Facts, grade

ORDER = ("excellent", "good", "fair", "poor")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(1.0, 0, 0, 0), "excellent"),
        (Facts(0.95, 0, 0, 0), "excellent"),
        (Facts(0.94, 0, 0, 0), "good"),
        (Facts(1.0, 0, 0, 1), "good"),
        (Facts(0.8, 0, 0, 0), "good"),
        (Facts(0.79, 0, 0, 0), "fair"),
        (Facts(1.0, 0, 1, 1), "fair"),
        (Facts(1.0, 1, 1, 1), "poor"),
        (Facts(None, 0, 0, 0), "unknown"),
        (Facts(0.0, 0, 0, 0), "unknown"),
        (Facts(None, 1, 1, 1), "poor"),
    ],
)
def test_the_first_condition_that_holds_decides(facts: Facts, expected: str) -> None:
    assert grade(facts) == expected


@given(
    coverage=st.floats(0.01, 1),
    severe=st.integers(0, 3),
    more=st.integers(0, 3),
    less=st.floats(0, 1),
)
def test_more_alerts_or_less_data_never_improve_the_grade(
    coverage: float, severe: int, more: int, less: float
) -> None:
    before = grade(Facts(coverage, 0, severe, severe))
    after = grade(Facts(max(coverage * less, 0.001), 0, severe + more, severe + more))

    assert ORDER.index(after) >= ORDER.index(before)

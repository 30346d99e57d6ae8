from __future__ import annotations

from itertools import product

import pytest

from scanners._grade import GRADES, data, grade
from soc.errors import RuleError


@pytest.mark.parametrize(
    ("vector", "wanted"),
    [
        ("AP:N/TR:L/PR:N/IC:N/C:S/I:S/A:S", "critical"),
        ("AP:A/TR:L/PR:N/IC:N/C:S/I:S/A:S", "high"),
        ("AP:N/TR:H/PR:L/IC:N/C:G/I:G/A:G", "medium"),
        ("AP:N/TR:L/PR:N/IC:N/C:N/I:N/A:N", "low"),
        ("AP:P/TR:H/PR:H/IC:R/C:S/I:S/A:S", "medium"),
    ],
)
def test_easy_and_grave_is_worst(vector: str, wanted: str) -> None:
    assert grade(vector) == wanted


def test_a_worse_metric_never_makes_a_better_grade() -> None:
    better = {"AP": "NALP", "TR": "LH", "PR": "NLH", "IC": "NR", "C": "SGN", "I": "SGN", "A": "SGN"}
    names = list(better)
    for values in product(*better.values()):
        here = GRADES.index(grade("/".join(map(":".join, zip(names, values, strict=True)))))
        for place, name in enumerate(names):
            weaker = better[name][better[name].index(values[place]) + 1 :][:1]
            if weaker:
                other = (*values[:place], weaker, *values[place + 1 :])
                there = grade("/".join(map(":".join, zip(names, other, strict=True))))
                assert GRADES.index(there) >= here


@pytest.mark.parametrize("vector", ["", "AP:N", "AP:X/TR:L/PR:N/IC:N/C:S/I:S/A:S", "7.5"])
def test_a_vector_that_is_none_is_refused(vector: str) -> None:
    with pytest.raises(RuleError, match="is missing or unknown"):
        grade(vector)


def test_the_tables_say_that_nobody_has_compared_them_with_the_standard() -> None:
    assert data("grades")["verified"] is False

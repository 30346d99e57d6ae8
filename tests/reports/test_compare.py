from __future__ import annotations

import pytest

from reports._compare import card, compare, told, trend, with_comparison
from soc.metrics import Number
from tests.soc.metrics._world import PERIOD


def of(value: float | None, metric: str = "alerts_opened", coverage: float | None = 1.0) -> Number:
    return Number(metric, value, coverage, PERIOD, {})


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (150, 100, "较前一日上升50.0%"),
        (50, 100, "较前一日下降50.0%"),
        (3, 1, "较前一日增加2个"),
        (3, 0, "较前一日增加3个"),
        (0, 19, "较前一日减少19个"),
        (7, 7, "与前一日持平"),
        (None, 7, "前一日无可比数据"),
        (7, None, "前一日无可比数据"),
    ],
)
def test_a_small_base_prints_the_difference(
    now: float | None, before: float | None, said: str
) -> None:
    assert told(compare(of(now), of(before)), of(now), "zh") == said


def test_without_data_before_there_is_nothing_to_compare() -> None:
    assert compare(of(7), of(0, coverage=None)).kind == "unknown"


def test_shares_are_compared_in_points() -> None:
    now, before = of(0.9, "data_coverage"), of(1.0, "data_coverage")

    assert told(compare(now, before), now, "zh") == "较前一日下降10.0个百分点"


@pytest.mark.parametrize(
    ("metric", "now", "expected"),
    [
        ("alerts_opened", 30, "bad"),
        ("alerts_opened", 10, "good"),
        ("data_coverage", 1.0, "good"),
        ("attacks_blocked", 30, "flat"),
    ],
)
def test_colour_follows_the_news_and_the_arrow_the_number(
    metric: str, now: float, expected: str
) -> None:
    before = of(0.5 if metric == "data_coverage" else 20, metric)
    found = compare(of(now, metric), before)

    assert trend(found, metric) == expected
    assert card(of(now, metric), before, "", "zh").arrow == ("▲" if found.amount > 0 else "▼")


def test_what_stands_is_not_compared() -> None:
    assert card(of(5), None, "截至数据时点", "zh").comparison == "截至数据时点"


def test_a_sentence_carries_the_comparison_in_brackets() -> None:
    assert with_comparison(of(3), of(1), "zh") == "3个（较前一日增加2个）"

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc.metrics import Number, rounded, shown, spoken
from soc.text import Language
from tests.soc.metrics._world import PERIOD


def of(metric: str, value: float | None) -> Number:
    return Number(metric, value, 1.0, PERIOD, {})


@pytest.mark.parametrize(
    ("metric", "value", "language", "written"),
    [
        ("attacks_blocked", 0, "zh", "0次"),
        ("attacks_blocked", 9_999, "zh", "9999次"),
        ("attacks_blocked", 4_860_000, "zh", "486.0万次"),
        ("attacks_blocked", 123_456_789, "zh", "1.2亿次"),
        ("attacks_blocked", 4_860_000, "en", "4,860,000"),
        ("attacks_blocked", None, "zh", "无数据"),
        ("data_coverage", 0.9375, "zh", "93.8%"),
        ("traffic_bytes", 2_700_000_000, "zh", "2.7 GB"),
        ("traffic_bytes", 12, "en", "12 B"),
        ("hosts_up", 3, "zh", "3台"),
    ],
)
def test_a_number_is_written_as_people_read_it(
    metric: str, value: float | None, language: Language, written: str
) -> None:
    assert spoken(of(metric, value), language) == written


@given(value=st.integers(0, 10**11))
def test_a_chart_draws_the_value_that_the_text_prints(value: int) -> None:
    number = of("attacks_blocked", value)
    drawn = rounded(number, "zh")

    assert drawn is not None
    assert shown(of("attacks_blocked", drawn), "zh") == shown(number, "zh")


@given(value=st.floats(0, 1))
def test_a_drawn_share_is_the_written_one(value: float) -> None:
    number = of("data_coverage", value)
    drawn = rounded(number, "zh")

    assert drawn is not None
    assert abs(float(shown(number, "zh").rstrip("%")) - 100 * drawn) < 0.051


def test_what_is_unknown_is_not_drawn() -> None:
    assert rounded(of("traffic_bytes", None), "zh") is None
    assert shown(of("traffic_bytes", None), "zh") == "—"

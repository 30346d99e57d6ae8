from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from reports._charts import ceiling, svg
from reports._model import Chart, Series
from soc.metrics import Number, shown
from tests.soc.metrics._world import PERIOD

SVG = "{http://www.w3.org/2000/svg}"


def numbers(*values: float) -> tuple[Number, ...]:
    return tuple(Number("attacks_blocked", value, 1.0, PERIOD, {}) for value in values)


def drawn(kind: str, *series: Series, categories: tuple[str, ...] = ("a", "b")) -> Element:
    chart = Chart(kind, "标题<&\"'>", categories, series, "次")  # type: ignore[arg-type]
    found: Element = fromstring(svg(chart, "zh"))
    return found


@pytest.mark.parametrize("kind", ["columns", "bars"])
def test_a_chart_says_what_it_shows(kind: str) -> None:
    root = drawn(kind, Series("拦截", numbers(1, 2)))

    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "标题<&\"'>(次)"


def test_every_series_has_a_fill_of_its_own_without_colour() -> None:
    root = drawn("columns", Series("x", numbers(1, 2)), Series("y", numbers(3, 4)))
    fills = {rect.get("fill") for rect in root.findall(f"{SVG}rect")}

    assert len(root.findall(f"{SVG}defs/{SVG}pattern")) == 1
    assert "url(#p1)" in fills


def test_heights_are_in_proportion_to_the_numbers() -> None:
    root = drawn("columns", Series("x", numbers(10, 30)))
    heights = [float(rect.get("height", 0)) for rect in root.findall(f"{SVG}rect")][1:]

    assert heights[1] == pytest.approx(3 * heights[0], rel=0.01)


def test_a_bar_carries_its_number_as_the_text_prints_it() -> None:
    values = numbers(12, 48_600)
    texts = [each.text for each in drawn("bars", Series("x", values)).iter(f"{SVG}text")]

    assert {shown(value, "zh") for value in values} <= set(texts)


def test_a_chart_of_noughts_draws_its_axes() -> None:
    root = drawn("columns", Series("x", numbers(0, 0)))

    assert len(root.findall(f"{SVG}line")) == 3


@given(highest=st.floats(0, 1e12))
def test_the_axis_ends_at_or_above_the_highest_and_not_far_from_it(highest: float) -> None:
    top = ceiling(highest)

    assert top >= highest
    assert highest <= 2 or top <= 2 * highest * 1.0001

"""Charts as SVG text: vectors with selectable labels, readable in black and white.

A chart draws the rounded values that the text prints. Each series has a pattern of its own,
not only a colour; ``<title>`` says what is shown to those who hear the document.
"""

from __future__ import annotations

from html import escape
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from soc.metrics import metric, rounded, shown
from soc.metrics._shown import written

if TYPE_CHECKING:
    from reports._model import Chart, Series
    from soc.text import Language

WIDTH = 660  # of the drawing, in its own units (a page's text is about as many points wide)
_LEFT, _TOP, _PLOT, _BOTTOM = 52, 26, 100, 24
_ROW, _LABEL = 19, 190
_FONTS = "SOC Sans, Noto Sans SC, Noto Sans CJK SC, Microsoft YaHei, sans-serif"
_INKS = ("#a61c1c", "#5b6b7c", "#b98a3c")  # red, slate, ochre: three different greys in print


def svg(chart: Chart, language: Language) -> str:
    """The drawing of a chart; an empty one draws its axes only."""
    draw = _columns if chart.kind == "columns" else _bars
    height, marks = draw(chart, language)
    label = escape(f"{chart.title}({chart.unit})" if chart.unit else chart.title, quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" aria-label="{label}" '
        f'font-family="{_FONTS}" viewBox="0 0 {WIDTH} {height}" width="100%">'
        f"<title>{label}</title>{_fills(chart.series)}{''.join(marks)}</svg>"
    )


def ceiling(highest: float) -> float:
    """The round value at or above the highest: end of the axis; its half is a round value too."""
    if highest <= 2:
        return 2.0
    power: float = 10.0 ** floor(log10(highest))
    steps = (2, 4, 6, 8, 10) if power == 1 else (1, 2, 3, 4, 5, 6, 8, 10)  # half a case is none
    return next(step * power for step in steps if step * power >= highest)


def _fills(series: tuple[Series, ...]) -> str:
    """A pattern for every series but the first, which is solid."""
    lines = ("M0 5L5 0", "M0 2.5H5", "M0 0L5 5")
    patterns = (
        f'<pattern id="p{place}" width="5" height="5" patternUnits="userSpaceOnUse">'
        f'<rect width="5" height="5" fill="#fff"/>'
        f'<path d="{lines[place % 3]}" stroke="{_INKS[place % 3]}" stroke-width="1.6"/></pattern>'
        for place in range(1, len(series))
    )
    return f"<defs>{''.join(patterns)}</defs>" if len(series) > 1 else ""


def _fill(place: int) -> str:
    ink = _INKS[place % 3]
    return f'fill="{ink}"' if place == 0 else f'fill="url(#p{place})" stroke="{ink}"'


def _text(x: float, y: float, words: str, anchor: str = "start", cls: str = "label") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{cls}" '
        f'font-size="9.5" fill="#333">{escape(words)}</text>'
    )


def _box(x: float, y: float, width: float, height: float, paint: str) -> str:
    if width <= 0 or height <= 0:
        return ""
    return (
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" '
        f'stroke-width="0.6" {paint}/>'
    )


def _legend(chart: Chart) -> list[str]:
    marks, x = [], float(_LEFT)
    for place, series in enumerate(chart.series):
        marks += [_box(x, 5, 10, 10, _fill(place)), _text(x + 14, 14, series.name)]
        x += 30 + 10 * len(series.name)
    if chart.unit:
        marks.append(_text(WIDTH, 14, chart.unit, "end"))
    return marks


def _columns(chart: Chart, language: Language) -> tuple[int, list[str]]:
    """Stacked columns over time, with an axis of three lines."""
    values = [[rounded(n, language) or 0.0 for n in series.numbers] for series in chart.series]
    totals = [sum(column) for column in zip(*values, strict=True)] or [0.0]
    top, step = ceiling(max(totals)), (WIDTH - _LEFT) / max(len(chart.categories), 1)
    marks = _legend(chart) + _axis(top, chart, language)
    for place, category in enumerate(chart.categories):
        x, y = _LEFT + place * step, float(_TOP + _PLOT)
        for line, series in enumerate(values):
            height = series[place] / top * _PLOT
            y -= height
            marks.append(_box(x + 0.18 * step, y, 0.64 * step, height, _fill(line)))
        if place % ceil(len(chart.categories) / 12) == 0:
            marks.append(_text(x + step / 2, _TOP + _PLOT + 14, category, "middle"))
    return _TOP + _PLOT + _BOTTOM, marks


def _axis(top: float, chart: Chart, language: Language) -> list[str]:
    unit, marks = metric(chart.series[0].numbers[0].metric).unit, []
    for share in (0.0, 0.5, 1.0):
        y = _TOP + _PLOT * (1 - share)
        marks.append(
            f'<line x1="{_LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" '
            f'stroke="{"#333" if share == 0 else "#ccc"}" stroke-width="0.6"/>'
        )
        marks.append(_text(_LEFT - 6, y + 3, written(top * share, unit, language), "end"))
    return marks


def _bars(chart: Chart, language: Language) -> tuple[int, list[str]]:
    """Lying bars, one group a category, the number at the end of each."""
    drawn = [rounded(n, language) or 0.0 for series in chart.series for n in series.numbers]
    top, y, marks = max([*drawn, 1.0]), 4.0, []
    if len(chart.series) > 1:
        marks, y = _legend(chart), float(_TOP)
    room = WIDTH - _LABEL - 70
    for place, category in enumerate(chart.categories):
        marks.append(_text(_LABEL - 8, y + 12, category, "end"))
        for line, series in enumerate(chart.series):
            number = series.numbers[place]
            width = (rounded(number, language) or 0.0) / top * room
            marks.append(_box(_LABEL, y + 2, width, _ROW - 6, _fill(line)))
            marks.append(_text(_LABEL + width + 6, y + 12, shown(number, language)))
            y += _ROW
    return ceil(y) + 4, marks

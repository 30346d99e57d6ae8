from __future__ import annotations

import re
from html import unescape

from reports._model import Figures, Paragraph, Table
from reports.daily import build
from reports.formats.html import page, render
from soc.metrics import Number, shown, spoken
from tests.soc.metrics._world import AS_OF, PERIOD, World, alert, busy


def test_the_file_refers_to_nothing_outside_itself() -> None:
    text = page(build(PERIOD, AS_OF, busy().context))

    assert re.findall(r"""(?:src|href|url\()\s*=?\s*["']?(?!#)[^"'#\s)]+""", text) == []
    assert "@import" not in text
    assert "<script" not in text


def test_markup_in_foreign_text_is_text() -> None:
    world = World()
    world.records.put(alert(1, title="<img src=x onerror=alert(1)>{{ 7*7 }}{% raw %}"))

    text = page(build(PERIOD, AS_OF, world.context))

    assert "&lt;img src=x onerror=alert(1)&gt;{{ 7*7 }}{% raw %}" in text
    assert "<img" not in text


def test_every_sentence_card_and_cell_is_on_the_page() -> None:
    report = build(PERIOD, AS_OF, busy().context)
    text = unescape(page(report))

    for section in (*report.sections, report.closing):
        assert section.title in text
        for block in section.blocks:
            if isinstance(block, Paragraph):
                assert block.text in text
            if isinstance(block, Figures):
                assert all(spoken(figure.number, "zh") in text for figure in block.figures)
            if isinstance(block, Table):
                cells = (cell for row in block.rows for cell in row)
                said = (shown(c, "zh") if isinstance(c, Number) else c for c in cells)
                assert all(each in text for each in said)


def test_the_page_is_utf_8_and_says_so() -> None:
    content = render(build(PERIOD, AS_OF, World().context))

    assert b'<meta charset="utf-8">' in content
    assert "网络安全监测日报" in content.decode("utf-8")


def test_two_renders_are_the_same_bytes() -> None:
    report = build(PERIOD, AS_OF, busy().context)

    assert render(report) == render(report)

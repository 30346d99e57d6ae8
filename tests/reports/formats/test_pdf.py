from __future__ import annotations

import io
import logging
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from pypdf import PdfReader

from reports._model import Figures, Notice, Paragraph, Report, Table
from reports.daily import build
from reports.formats.pdf import OnlyAssets, render
from soc.metrics import Number, shown, spoken
from tests.soc.metrics._world import AS_OF, PERIOD, World, alert, busy


@cache
def report() -> Report:
    return build(PERIOD, AS_OF, busy().context)


@cache
def document() -> bytes:
    return render(report())


def read(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def text(content: bytes) -> str:
    """All text of a document without white space: lines are broken where the page ends."""
    pages = read(content).pages
    return squeezed("".join(page.extract_text() for page in pages))


def squeezed(words: str) -> str:
    return "".join(words.split())


def fonts(content: bytes) -> list[dict[str, Any]]:
    found = {}
    for page in read(content).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            inner = font.get_object()
            found[inner["/BaseFont"]] = inner
    return list(found.values())


def test_two_renders_are_the_same_bytes() -> None:
    assert render(report()) == document()


def test_the_page_is_understood_without_a_complaint(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        render(report())

    assert [each.getMessage() for each in caplog.records] == []


def test_a_typical_day_fits_on_four_pages() -> None:
    assert len(read(document()).pages) <= 4


def test_what_the_report_says_can_be_copied_from_the_pages() -> None:
    found = text(document())

    for section in (*report().sections, report().closing):
        assert squeezed(section.title) in found
        for block in section.blocks:
            if isinstance(block, Paragraph):
                for number in block.numbers:
                    assert squeezed(spoken(number, "zh")) in found
            if isinstance(block, Figures):
                assert all(squeezed(spoken(f.number, "zh")) in found for f in block.figures)
            if isinstance(block, Table):
                cells = (cell for row in block.rows for cell in row)
                said = (shown(c, "zh") if isinstance(c, Number) else c for c in cells)
                assert [each for each in said if squeezed(each) not in found] == []


def test_every_font_is_ours_embedded_and_a_subset_with_unicode() -> None:
    for font in fonts(document()):
        inner = font["/DescendantFonts"][0].get_object()
        assert font["/Subtype"] == "/Type0"
        assert "+SOC-" in font["/BaseFont"]
        assert "/ToUnicode" in font
        assert "/FontFile3" in inner["/FontDescriptor"]


def test_the_document_is_tagged_and_tells_its_language_and_title() -> None:
    root: Any = read(document()).trailer["/Root"]

    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "zh-CN"
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    metadata = read(document()).metadata
    assert metadata is not None
    assert metadata.title == "网络安全监测日报 2026年3月18日"


def test_hostile_text_is_printed_literally() -> None:
    world = World()
    world.records.put(alert(1, title="<b>\u202etxet</b> file:///etc/passwd {{x}}"))

    found = text(render(build(PERIOD, AS_OF, world.context)))

    assert "<b>txet</b>file[:]///etc/passwd{{x}}" in found


def test_a_character_without_a_font_is_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    empty = build(PERIOD, AS_OF, World().context)
    rare = replace(empty, sections=(), notices=(Notice("\U00013000"),))

    with caplog.at_level(logging.WARNING, "reports.formats.pdf"):
        render(rare)

    ours = [each for each in caplog.records if each.name == "reports.formats.pdf"]
    assert [getattr(each, "soc.missing", None) for each in ours] == ["\U00013000"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/x.css",
        "file:///etc/passwd",
        "data:text/plain,x",
        "file://localhost/etc/passwd",
        "../../../etc/passwd",
    ],
)
def test_nothing_outside_our_assets_is_fetched(url: str) -> None:
    with pytest.raises(ValueError, match="blocked"):
        OnlyAssets().fetch(url)


def test_a_way_out_of_the_assets_is_no_way() -> None:
    from reports.formats import pdf

    folder = pdf._ASSETS[0].as_uri()

    with pytest.raises(ValueError, match="blocked"):
        OnlyAssets().fetch(f"{folder}/../../cli.py")
    with pytest.raises(ValueError, match="blocked"):
        OnlyAssets().fetch(f"{folder}/%2e%2e/%2e%2e/cli.py")

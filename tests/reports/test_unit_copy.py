from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from reports import ReportParams
from reports._model import Chart, Column, Notice, Paragraph, Section, Series, Table
from reports._run import run
from reports._unit_copy import redacted, unit_of
from reports._unit_copy_words import Words, words_of
from reports.daily import build
from soc._estate_claim import Claim, Owner
from soc.errors import InputError
from soc.estate import Estate
from soc.metrics import Number
from soc.net import network
from soc.records._parts import Alias
from soc.records.alert import Attacker, Victim
from soc.records.unit import Unit
from tests.soc.metrics._world import AS_OF, DAY, PERIOD, World, alert, busy, unit

OWN, OTHER, PARENT = "lt-unit-1", "lt-unit-2", "lt-unit-3"
NAMES = ("澜汀区卫生健康局", "卫健局", "区卫计局", "云汀街道")
ADDRESSES = ("198.51.100.1", "198.51.100.3", "2001:db8:1::20")


def claim(text: str, unit_id: str | None) -> Claim:
    return Claim(network(text), Owner(unit=unit_id, zone="dmz"))


def district() -> World:
    """The busy day with a ledger, and alerts that name everybody."""
    world = busy()
    world.records.put(
        replace(unit(OWN, "澜汀区教育局"), short_name="教育局"),
        replace(
            unit(OTHER, "澜汀区卫生健康局"),
            short_name="卫健局",
            aliases=(Alias(name="区卫计局"),),
        ),
        unit(PARENT, "云汀街道"),
        unit("lt-unit-4", "云汀街道望榕社区"),
        alert(
            60,
            severity="critical",
            title="卫健局（原区卫计局）门户遭攻击",
            victims=(Victim(endpoint="198.51.100.1:443", unit=OTHER),),
        ),
        alert(
            61,
            severity="critical",
            title="教育局与卫健局互访异常",
            attackers=(Attacker(address="198.51.100.3"),),
            victims=(Victim(endpoint="198.51.100.0:22", unit=OWN),),
        ),
    )
    return world


def ledger() -> Estate:
    pairs = {"198.51.100.0": OWN, "198.51.100.1": OTHER, "198.51.100.3": OTHER}
    claims = [claim(text, owner) for text, owner in pairs.items()]
    return Estate(claims=(*claims, claim("2001:db8:1::/64", OTHER)))


def context(world: World) -> Any:
    given: Any = world.context
    given.estate = ledger()
    return given


def made(world: World, out: Path, named: str = "教育局", **given: Any) -> Any:
    formats = ("html", "pdf", "xlsx")
    params = ReportParams(date=DAY, out=out, unit=named, **{"formats": formats, **given})
    return run("daily", params, context(world)).value


def leaks(text: str) -> list[str]:
    """Names and addresses of others in a text from which white space was taken."""
    squeezed = "".join(text.split())
    found = [each for each in NAMES if each in squeezed]
    return found + [a for a in ADDRESSES if re.search(rf"(?<![\d.]){re.escape(a)}(?!\d)", text)]


def test_no_format_of_a_copy_names_another_unit_or_shows_its_address(tmp_path: Path) -> None:
    found = made(district(), tmp_path)

    paths = {each["format"]: Path(each["path"]) for each in found["files"]}
    html = re.sub(r"<style>.*?</style>", "", paths["html"].read_text(encoding="utf-8"), flags=re.S)
    pdf = "".join(p.extract_text() for p in PdfReader(io.BytesIO(paths["pdf"].read_bytes())).pages)
    book = load_workbook(paths["xlsx"])
    cells = "\n".join(str(c.value) for s in book for row in s.iter_rows() for c in row if c.value)
    for text in (html, pdf, cells):
        assert leaks(text) == []
        assert "澜汀区教育局" in "".join(text.split())
        assert "仅供澜汀区教育局使用FB-2026-001" in "".join(text.split())


def test_the_whole_report_names_them_so_the_scan_can_fail() -> None:
    world = district()
    whole = build(PERIOD, AS_OF, world.context)

    said = "\n".join(
        str(cell)
        for s in whole.sections
        for b in s.blocks
        if isinstance(b, Table)
        for row in b.rows
        for cell in row
    )
    assert {"澜汀区卫生健康局", "卫健局", "区卫计局", "198.51.100.3"} <= set(leaks(said))


def test_the_mark_stands_on_every_page(tmp_path: Path) -> None:
    found = made(district(), tmp_path, formats=("pdf",))

    pages = PdfReader(io.BytesIO(Path(found["files"][0]["path"]).read_bytes())).pages

    assert all("FB-2026-001" in page.extract_text() for page in pages)


def test_the_numbers_are_those_of_the_whole_and_the_copy_says_so(tmp_path: Path) -> None:
    world = district()
    whole = run("daily", ReportParams(date=DAY, out=tmp_path, formats=("html",)), context(world))
    copy = made(world, tmp_path, formats=("html",))

    assert copy["numbers"] == whole.value["numbers"]
    assert "总体数字为全区汇总" in Path(copy["files"][0]["path"]).read_text(encoding="utf-8")


def test_a_copy_has_editions_and_a_number_of_its_own_that_it_keeps(tmp_path: Path) -> None:
    world = district()
    first = made(world, tmp_path / "a", formats=("html", "xlsx"))
    again = made(world, tmp_path / "b", formats=("html", "xlsx"))
    other = made(world, tmp_path, "卫健局", formats=("html",))

    assert (first["is_new"], again["is_new"]) == (True, False)
    assert [f["sha256"] for f in first["files"]] == [f["sha256"] for f in again["files"]]
    assert Path(other["files"][0]["path"]).name == "lt-daily-2026-03-18-FB-2026-002-v1.html"


@pytest.mark.parametrize("named", ["无此单位", ""])
def test_an_unknown_unit_is_named(tmp_path: Path, named: str) -> None:
    with pytest.raises(InputError, match="no such unit"):
        unit_of(named, context(district()))


def test_who_issues_the_copy_is_a_unit_like_others_in_its_tables(tmp_path: Path) -> None:
    world = district()
    issuer = "澜汀区政务服务和数据管理局"
    world.records.put(unit("lt-unit-9", issuer))

    html = Path(made(world, tmp_path, formats=("html",))["files"][0]["path"]).read_text("utf-8")

    assert words(world).is_foreign(issuer)
    assert f"<span>{issuer}</span>" in html


def words(world: World, unit_id: str = OWN) -> Words:
    return words_of(cast("Unit", world.records.get("unit", unit_id)), context(world), "zh")


def test_our_own_name_within_the_name_of_another_is_kept_and_the_other_way_round() -> None:
    ours = words(district(), "lt-unit-4")

    assert ours.clean("云汀街道望榕社区报告") == "云汀街道望榕社区报告"
    assert ours.clean("云汀街道报告") == "其他单位报告"
    assert words(district(), PARENT).clean("云汀街道望榕社区报告") == "其他单位报告"


@pytest.mark.parametrize(
    ("said", "clean"),
    [
        ("198.51.100.1", "其他地址"),
        ("198.51.100.1:443 与 198.51.100.0", "其他地址:443 与 198.51.100.0"),
        ("198.51.100.10", "198.51.100.10"),
        ("203.0.113.7/32", "203.0.113.7/32"),
        ("198.51.100.0/24", "其他地址"),
        ("[2001:db8:1::20]:443", "[其他地址]:443"),
        ("2001:db8:2::20", "2001:db8:2::20"),
        ("10:20:30 起", "10:20:30 起"),
        ("由澜汀区卫生健…", "由其他单位…"),
    ],
)
def test_addresses_of_others_are_replaced_ours_and_strangers_stay(said: str, clean: str) -> None:
    assert words(district()).clean(said) == clean


def test_a_row_about_others_only_goes_and_one_about_us_too_is_cleaned() -> None:
    world = district()
    rows = (("卫健局", "1"), ("教育局、卫健局", "2"), ("203.0.113.9", "3"))
    table = Table("表", (Column("a"), Column("b")), rows)
    gone = replace(table, rows=rows[:1])
    numbers = tuple(Number("matches", n, 1.0, PERIOD, {}, m) for n, m in ((1, "x"), (2, "y")))
    chart = Chart("bars", "图", ("卫健局", "教育局"), (Series("s", numbers),))
    blocks = (table, gone, chart, Paragraph("卫健局已处置"), Notice("卫健局"))
    report = replace(build(PERIOD, AS_OF, world.context), sections=(Section("一", blocks),))

    found = redacted(report, cast("Unit", world.records.get("unit", OWN)), words(world))

    first, second, third, said, notice = cast("Any", found.sections[0].blocks)
    assert first.rows == (("教育局、其他单位", "2"), ("203.0.113.9", "3"))
    assert second.rows == ()
    assert "已隐去" in second.empty
    assert (third.categories, len(third.series[0].numbers)) == (("教育局",), 1)
    assert (said.text, notice.text) == ("其他单位已处置", "其他单位")

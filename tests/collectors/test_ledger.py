from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from collectors.ledger import recognise
from soc.context import Context
from soc.records.asset import Asset
from soc.records.contact import Contact
from soc.records.system import System
from soc.records.unit import Unit
from tests.collectors.ledgers import HEAD, csv_file, workbook

ROWS = [
    HEAD,
    ("区教育局", "学籍系统", "198.51.100.10", "443"),
    ("区教育局", "招生系统", "198.51.100.11", "80、443；8080-8082"),
    ("区卫健局", "预约系统", "2001:db8::7", "443"),
]


def imported(context: Context, *paths: Path, **more: Any) -> dict[str, Any]:
    outcome = context.jobs.run("import ledger", {"paths": paths, **more}, context)
    return dict(outcome.value)


def found(context: Context, kind: str) -> list[Any]:
    return list(context.store.records.find(kind))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_is_read_in_every_encoding_of_the_field(
    context: Context, tmp_path: Path, encoding: str
) -> None:
    path = csv_file(tmp_path / "台账.csv", ROWS, encoding)

    value = imported(context, path)

    assert (value["rows"], value["added"], value["refused"]) == (3, 3, 0)
    assert {unit.name for unit in found(context, "unit")} == {"区教育局", "区卫健局"}


def test_a_row_becomes_unit_contact_system_asset_and_endpoints(
    context: Context, tmp_path: Path
) -> None:
    head = (*HEAD, "责任人", "联系电话", "等保级别", "网络区域", "上线时间", "操作系统")
    row = (
        "区教育局",
        "学籍系统",
        "198.51.100.10",
        "443",
        "周启明",
        13800000001,
        "三级",
        "公用网络区",
        "2020.3.1",
        "openEuler 22.03",
    )
    path = workbook(tmp_path / "a.xlsx", [head, row])

    value = imported(context, path)

    assert value["errors"] == []
    (unit,) = found(context, "unit")
    (contact,) = found(context, "contact")
    (system,) = found(context, "system")
    (asset,) = found(context, "asset")
    assert isinstance(unit, Unit)
    assert isinstance(contact, Contact)
    assert isinstance(system, System)
    assert isinstance(asset, Asset)
    assert (contact.name, contact.phone, contact.unit) == ("周启明", "13800000001", unit.id)
    assert system.mlps is not None
    assert (system.mlps.level, str(system.online_on)) == (3, "2020-03-01")
    assert (asset.unit, asset.systems, asset.os) == (unit.id, (system.id,), "openEuler 22.03")
    (endpoint,) = asset.endpoints
    assert (endpoint.zone, endpoint.address, endpoint.port, endpoint.protocol) == (
        "公用网络区",
        "198.51.100.10",
        443,
        "tcp",
    )


def test_the_same_file_again_changes_nothing(context: Context, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", ROWS)
    imported(context, path)
    before = {
        record.id: record.revision
        for kind in ("unit", "system", "asset")
        for record in found(context, kind)
    }

    value = imported(context, path)

    assert (value["rows"], value["added"], value["changed"], value["unchanged"]) == (3, 0, 0, 3)
    after = {
        record.id: record.revision
        for kind in ("unit", "system", "asset")
        for record in found(context, kind)
    }
    assert after == before


def test_collect_file_stores_nothing_of_a_ledger_that_comes_again(
    context: Context, tmp_path: Path
) -> None:
    path = csv_file(tmp_path / "a.csv", ROWS)
    first = context.jobs.run("collect", {"paths": [path]}, context).value

    second = context.jobs.run("collect", {"paths": [path]}, context).value

    assert first["format"] == second["format"] == "ledger"
    assert first["records"] == second["records"] == 3
    assert first["stored"] > 0
    assert second["stored"] == 0


def test_a_changed_row_changes_its_record_and_no_other(context: Context, tmp_path: Path) -> None:
    imported(context, csv_file(tmp_path / "a.csv", ROWS))
    rows = [ROWS[0], ROWS[1], ("区教育局", "招生系统", "198.51.100.11", "9443"), ROWS[3]]

    value = imported(context, csv_file(tmp_path / "b.csv", rows))

    assert (value["added"], value["changed"], value["unchanged"]) == (0, 1, 2)


def test_a_value_that_went_back_and_forth_is_stored_each_time(
    context: Context, tmp_path: Path
) -> None:
    head = (*HEAD, "部署位置")
    for place in ("一号机房", "二号机房", "一号机房"):
        imported(context, csv_file(tmp_path / "a.csv", [head, (*ROWS[1], place)]))

    (asset,) = found(context, "asset")

    assert asset.location == "一号机房"


def test_a_title_row_over_the_table_and_a_repeated_heading_are_no_data(
    context: Context, tmp_path: Path
) -> None:
    rows = [("澜汀区资产台账", "", "", ""), (), HEAD, ROWS[1], HEAD, ROWS[2], ("合计", "2", "", "")]
    path = workbook(tmp_path / "a.xlsx", rows, merged=["A1:D1"])

    value = imported(context, path)

    assert (value["rows"], value["added"], value["errors"]) == (2, 2, [])


def test_a_heading_of_two_rows_is_read_as_one(context: Context, tmp_path: Path) -> None:
    rows = [
        ("单位名称", "系统名称", "IP地址", "责任人", ""),
        ("", "", "", "姓名", "电话"),
        ("区教育局", "学籍系统", "198.51.100.10", "林若溪", "13800000002"),
    ]
    path = workbook(tmp_path / "a.xlsx", rows, merged=["A1:A2", "B1:B2", "C1:C2", "D1:E1"])

    imported(context, path)

    (contact,) = found(context, "contact")
    assert (contact.name, contact.phone) == ("林若溪", "13800000002")


def test_a_unit_is_filled_down_from_merged_cells_only(context: Context, tmp_path: Path) -> None:
    rows = [
        HEAD,
        ("区教育局", "甲", "198.51.100.1", "80"),
        (None, "乙", "198.51.100.2", "80"),
        (None, "丙", "198.51.100.3", "80"),
    ]
    path = workbook(tmp_path / "a.xlsx", rows, merged=["A2:A3"])

    value = imported(context, path)

    assert value["added"] == 2
    assert [(e["row"], e["column"]) for e in value["errors"]] == [(4, "unit")]


@pytest.mark.parametrize(
    "mark",
    [
        ("是否涉密", "是"),
        ("密级", "秘密"),
        ("网络区域", "电子政务内网"),
        ("备注", "该系统为涉密系统"),
    ],
)
def test_a_secret_row_is_refused_and_nothing_of_it_is_kept(
    context: Context, tmp_path: Path, caplog: pytest.LogCaptureFixture, mark: tuple[str, str]
) -> None:
    head, text = mark
    secret = ("隐秘单位甲", "隐秘系统乙", "010.001.001.001", "bad", text)
    path = csv_file(tmp_path / "a.csv", [(*HEAD, head), secret, (*ROWS[1], "否")])
    caplog.set_level("DEBUG")

    value = imported(context, path)

    assert (value["rows"], value["added"], value["refused"]) == (2, 1, 1)
    assert value["errors"][0]["row"] == 2
    kept = str(value) + caplog.text + "".join(str(r.getMessage()) for r in caplog.records)
    stored = b"".join(p.read_bytes() for p in context.store.home.rglob("*") if p.is_file())
    for word in ("隐秘单位甲", "隐秘系统乙", "010.001"):
        assert word not in kept
        assert word.encode() not in stored
        assert word.encode("unicode_escape") not in stored


def test_a_row_that_denies_being_secret_is_taken(context: Context, tmp_path: Path) -> None:
    head = (*HEAD, "是否涉密", "备注")
    path = csv_file(tmp_path / "a.csv", [head, (*ROWS[1], "非涉密", "不涉及国家秘密")])

    assert imported(context, path)["added"] == 1


@pytest.mark.parametrize(
    ("cells", "column", "remedy"),
    [
        (("010.001.001.001", "80"), "address", "10.1.1.1"),
        (("198.51.100.300", "80"), "address", "192.0.2.10"),
        ((10.1, "80"), "address", "as text"),
        (("198.51.0.0/16", "80"), "address", "4096"),
        (("198.51.100.1", "80443"), "port", "65535"),
        (("198.51.100.1", 3.205e17), "port", "lost its last digits"),
    ],
)
def test_a_bad_row_is_listed_with_its_remedy_and_the_good_ones_are_taken(
    context: Context, tmp_path: Path, cells: tuple[object, object], column: str, remedy: str
) -> None:
    path = workbook(tmp_path / "a.xlsx", [HEAD, ("区教育局", "甲", *cells), ROWS[1]])

    value = imported(context, path)

    (error,) = value["errors"]
    assert (error["row"], error["column"]) == (2, column)
    assert remedy in error["remedy"]
    assert value["added"] == 1


def test_a_formula_without_a_stored_value_is_reported(context: Context, tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx", [HEAD, ("区教育局", "甲", '="198.51.100."&"1"', 80.0), ROWS[1]]
    )

    value = imported(context, path)

    (error,) = value["errors"]
    assert (error["row"], error["column"], error["value"]) == (2, "address", "formula")
    assert value["added"] == 1


def test_full_width_text_is_read(context: Context, tmp_path: Path) -> None:
    row = ("区教育局", "甲", "１９８．５１．１００．１～１９８。５１。１００。３", "８０、４４３")
    imported(context, csv_file(tmp_path / "a.csv", [HEAD, row]))

    (asset,) = found(context, "asset")

    assert {(e.address, e.port) for e in asset.endpoints} == {
        ("198.51.100.1-198.51.100.3", 80),
        ("198.51.100.1-198.51.100.3", 443),
    }


def test_a_public_address_mapped_to_an_inner_one_is_two_roles(
    context: Context, tmp_path: Path
) -> None:
    row = ("区教育局", "甲", "公网203.0.113.5（映射内网198.51.100.7）", "443")
    imported(context, csv_file(tmp_path / "a.csv", [HEAD, row]), zone="公用网络区")

    (asset,) = found(context, "asset")

    assert {(e.role, e.zone, e.address) for e in asset.endpoints} == {
        ("nat", None, "203.0.113.5"),
        ("service", "公用网络区", "198.51.100.7"),
    }


def test_an_endpoint_that_two_units_claim_is_kept_twice_and_named(
    context: Context, tmp_path: Path
) -> None:
    rows = [HEAD, ROWS[1], ("区卫健局", "挂号系统", "198.51.100.10", "443")]

    value = imported(context, csv_file(tmp_path / "a.csv", rows))

    assert len(found(context, "asset")) == 2
    (conflict,) = value["conflicts"]
    assert (conflict["address"], conflict["units"]) == ("198.51.100.10", ["区卫健局", "区教育局"])


def test_a_blank_cell_leaves_what_was_there(context: Context, tmp_path: Path) -> None:
    head = (*HEAD, "操作系统")
    imported(context, csv_file(tmp_path / "a.csv", [head, (*ROWS[1], "openEuler")]))

    value = imported(context, csv_file(tmp_path / "b.csv", [head, (*ROWS[1], "")]))

    assert value["unchanged"] == 1
    assert found(context, "asset")[0].os == "openEuler"


def test_a_later_estate_knows_whose_an_address_is(context: Context, tmp_path: Path) -> None:
    from soc.estate import Estate

    imported(context, csv_file(tmp_path / "a.csv", ROWS), zone="公用网络区")

    owner = Estate.read(context.store.records).who("198.51.100.11", "公用网络区")

    assert owner is not None
    names = {unit.id: unit.name for unit in found(context, "unit")}
    assert names[owner.unit or ""] == "区教育局"


def bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", b" " * (64 << 20))
    return target.getvalue()


def far_cell() -> bytes:
    """A small workbook whose last cell would make a reader set aside all cells before it."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/>'
            "</Relationships>",
        )
        package.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
            '<sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        package.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{main}"><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
            '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>',
        )
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xlsx", b"PK\x03\x04 broken", "broken workbook"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "broken workbook"),
        ("a.xlsx", bomb(), "times its size"),
        ("a.xlsx", far_cell(), "row 1048576"),
        ("a.csv", b"\x00\xff\x00\xfe", "GB18030"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"a,b\nc,d\n", "heading row"),
    ],
)
def test_a_file_that_is_no_ledger_is_one_line_and_the_others_are_taken(
    context: Context, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    bad = tmp_path / name
    bad.write_bytes(content)
    good = csv_file(tmp_path / "good.csv", ROWS)

    outcome = context.jobs.run("import ledger", {"paths": [bad, good]}, context)

    (line,) = outcome.errors
    assert str(bad) in line
    assert said in line
    assert (outcome.result, outcome.value["files"], outcome.value["added"]) == ("partial", 1, 3)


def test_a_workbook_is_recognised_by_content_and_name(tmp_path: Path) -> None:
    content = workbook(tmp_path / "a.xlsx", ROWS).read_bytes()

    assert recognise(content[:65_536], "a.xlsx")
    assert not recognise(content[:65_536], "a.zip")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_is_recognised_by_its_heading(tmp_path: Path, encoding: str) -> None:
    content = csv_file(
        tmp_path / "a.csv", [("澜汀区台账", "", "", ""), *ROWS], encoding
    ).read_bytes()

    assert recognise(content, "a.csv")


def test_words_in_place_of_a_filing_number_stay_until_a_number_comes(
    context: Context, tmp_path: Path
) -> None:
    head = (*HEAD, "等保级别", "等保备案号")
    row = ("区教育局", "学籍系统", "198.51.100.10", "443")

    imported(context, csv_file(tmp_path / "1.csv", [head, (*row, "未定级", "备案中")]))
    (before,) = found(context, "system")
    imported(context, csv_file(tmp_path / "2.csv", [head, (*row, "三级", "44030612345-00001")]))
    (after,) = found(context, "system")

    assert (before.mlps.standing, before.mlps.level_said) == ("filing", "未定级")
    assert before.mlps.filing_said == "备案中"
    assert (after.mlps.level, after.mlps.standing) == (3, "filed")
    assert (after.mlps.level_said, after.mlps.filing_said) == (None, None)

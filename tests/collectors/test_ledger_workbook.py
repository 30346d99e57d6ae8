from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from collectors._ledger_workbook import read
from soc.errors import InputError

NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text")
)


def ods(rows: str) -> bytes:
    """An ODS file of one sheet, its rows given as XML."""
    target = io.BytesIO()
    sheet = f'<table:table table:name="台账">{rows}</table:table>'
    body = f"<office:body><office:spreadsheet>{sheet}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(target, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("META-INF/manifest.xml", "<manifest/>")
        package.writestr(
            "content.xml", f"<office:document-content {NAMES}>{body}</office:document-content>"
        )
    return target.getvalue()


def row(*cells: str, times: int = 1) -> str:
    inner = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
        if text
        else '<table:table-cell table:number-columns-repeated="16000"/>'
        for text in cells
    )
    return f'<table:table-row table:number-rows-repeated="{times}">{inner}</table:table-row>'


def test_an_ods_sheet_is_read() -> None:
    (sheet,) = read(Path("a.ods"), ods(row("单位名称", "IP地址") + row("甲", "198.51.100.1")))

    assert sheet["name"] == "台账"
    assert sheet["rows"] == [["单位名称", "IP地址"], ["甲", "198.51.100.1"]]


def test_days_numbers_and_truth_keep_their_types(tmp_path: Path) -> None:
    book = Workbook()
    moment = datetime(2020, 3, 1, 8, 30)  # noqa: DTZ001 - as a workbook holds it
    book.create_sheet("a", 0).append([date(2020, 3, 1), moment, 80, 10.5, True, "文"])
    book.save(tmp_path / "a.xlsx")

    sheet, _ = read(Path("a.xlsx"), (tmp_path / "a.xlsx").read_bytes())

    day, told, *rest = sheet["rows"][0]
    assert (str(day)[:10], told) == ("2020-03-01", moment)
    assert rest == [80, 10.5, True, "文"]


def test_a_sheet_that_would_fill_the_memory_is_one_clear_line(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.create_sheet("far", 0)
    sheet["A1"] = sheet["XFD1048576"] = "x"
    book.save(tmp_path / "a.xlsx")

    with pytest.raises(InputError, match=r"a\.xlsx: .*may hold"):
        read(Path("a.xlsx"), (tmp_path / "a.xlsx").read_bytes())

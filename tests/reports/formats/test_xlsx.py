from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from reports._model import Chart, Column, Notice, Paragraph, Report, Section, Table
from reports.daily import build
from reports.formats.xlsx import neutral, render
from soc.metrics import Number
from tests.soc.metrics._world import AS_OF, PERIOD, World, busy


@cache
def report() -> Report:
    return build(PERIOD, AS_OF, busy().context)


@cache
def book() -> Any:
    return load_workbook(io.BytesIO(render(report())))


def with_table(*rows: tuple[str | Number, ...], align: Any = "left") -> Any:
    """The only table of a workbook that holds nothing else."""
    columns = tuple(Column(f"c{place}", align) for place in range(len(rows[0])))
    table = Table("表", columns, rows)
    empty = build(PERIOD, AS_OF, World().context)
    made = replace(empty, sections=(Section("一", (table,)),), notices=())
    return load_workbook(io.BytesIO(render(made)))["表"]


def seconds(value: float) -> Number:
    return Number("drill_detect_median", value, None, PERIOD, {})


def test_every_table_and_chart_is_a_sheet_that_reads_back_the_same() -> None:
    parts = [b for s in (*report().sections, report().closing) for b in s.blocks]
    tables = [b for b in parts if isinstance(b, Table) and b.rows]
    charts = [b for b in parts if isinstance(b, Chart)]

    sheets = book().worksheets[1:]

    assert len(sheets) == len(tables) + len(charts)
    assert sorted(sheet.max_row - 1 for sheet in sheets) == sorted(
        [*(len(each.rows) for each in tables), *(len(each.categories) for each in charts)]
    )
    for table in tables:
        if table.title in book().sheetnames:
            sheet = book()[table.title]
            assert [cell.value for cell in sheet[1]] == [c.title for c in table.columns]
            for place, row in enumerate(table.rows, start=2):
                numbers = [c.value for c in row if isinstance(c, Number)]
                read = [cell.value for cell in sheet[place]]
                assert [value for value in numbers if value is not None] == [
                    value
                    for cell, value in zip(row, read, strict=True)
                    if isinstance(cell, Number) and value is not None
                ]


def test_every_sentence_stands_on_the_first_sheet() -> None:
    sheet = book().worksheets[0]
    said = {cell.value for row in sheet.iter_rows() for cell in row}

    for section in report().sections:
        for block in section.blocks:
            if isinstance(block, Paragraph):
                assert block.text in said


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_what_a_spreadsheet_would_run_is_text_with_an_apostrophe(begin: str) -> None:
    hostile = f"{begin}cmd|' /C calc'!A0"

    cell = with_table((hostile,))["A2"]

    assert cell.data_type == "s"
    assert str(cell.value).startswith("'")


def test_a_title_or_a_sentence_of_others_is_neutral_too() -> None:
    hostile = replace(report(), sections=(), notices=(Notice("=1+1"),), title="=1+1")
    sheet = load_workbook(io.BytesIO(render(hostile))).worksheets[0]

    found = [c for row in sheet.iter_rows() for c in row if c.value and "1+1" in str(c.value)]

    assert [cell.value for cell in found] == ["'=1+1", "'=1+1"]
    assert {cell.data_type for cell in found} == {"s"}


def test_numbers_are_numbers_and_names_of_digits_stay_text() -> None:
    counted = with_table((seconds(90.5), "40", "007", "1.5"), align="right")
    named = with_table(("40",))

    assert [cell.value for cell in counted[2]] == [90.5, 40, "007", "1.5"]
    assert counted["A2"].number_format == '#,##0" s"'
    assert named["A2"].value == "40"


def test_a_share_is_a_number_shown_as_per_cent_and_the_unknown_is_empty() -> None:
    share = Number("data_coverage", 0.9375, 0.9375, PERIOD, {})
    sheet = with_table((share, replace(share, value=None)))

    assert sheet["A2"].value == 0.9375
    assert sheet["A2"].number_format == "0.0%"
    assert sheet["B2"].value is None


def test_the_header_stays_in_sight_and_columns_have_a_width_that_fits() -> None:
    sheet = with_table(("澜汀区政务服务和数据管理局",))

    assert sheet.freeze_panes == "A2"
    assert 26 <= sheet.column_dimensions["A"].width <= 30


def test_sheets_of_one_name_and_forbidden_names_get_names_of_their_own() -> None:
    table = Table("[a]/b:" + "长" * 40, (Column("c"),), (("x",),))
    made = replace(report(), sections=(Section("一", (table, table)),))

    names = load_workbook(io.BytesIO(render(made))).sheetnames

    assert len(set(names)) == len(names) == 4
    assert all(len(name) <= 31 and not set("[]:*?/\\") & set(name) for name in names)


def test_nothing_in_the_archive_says_when_it_was_written() -> None:
    with zipfile.ZipFile(io.BytesIO(render(report()))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()

    assert core.count("2026-03-19T00:05:00Z") == 2


def test_whose_copy_it_is_stands_at_the_top() -> None:
    sheet = load_workbook(io.BytesIO(render(replace(report(), copy="副本 1")))).worksheets[0]

    assert sheet["A4"].value == "副本 1"


@given(st.text())
@settings(max_examples=200)
def test_no_text_whatever_begins_like_a_formula(text: str) -> None:
    assert neutral(text)[:1] not in set("=+-@\t\r\n＝＋－＠")


def test_harmless_text_is_left_as_it_is() -> None:
    assert neutral("198.51.100.10") == "198.51.100.10"
    assert neutral("—") == "—"
    assert neutral("") == ""

"""The workbook, read by a library that others wrote."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook

from playbooks.blocklists import Entry, csv, xlsx
from soc.errors import InputError
from soc.net import network

NOW = datetime(2026, 3, 18, 1, tzinfo=UTC)
END = NOW + timedelta(days=7)
ENTRIES = [
    Entry(network("203.0.113.7"), END, '<a> & "b"', "FD-2026-001", "both", 42, "second"),
    Entry(network("2001:db8::/48"), END, '=HYPERLINK("x")'),
]


def read(content: bytes) -> Any:
    """The sheet that is shown first."""
    return load_workbook(io.BytesIO(content)).active


def test_the_rows_are_those_of_the_csv_and_counts_are_numbers() -> None:
    sheet = read(xlsx.render(ENTRIES, NOW, 1))

    found = [["" if v is None else str(v) for v in row] for row in sheet.values]

    text = csv.render(ENTRIES, NOW, 1)
    assert found[0] == text.removeprefix("\ufeff").splitlines()[0].split(",")
    assert found[1][1:6] == ["203.0.113.7", "双向", '<a> & "b"', "42", "FD-2026-001"]
    assert sheet["E2"].data_type == "n"


def test_no_cell_is_a_formula_and_the_header_stays_in_sight() -> None:
    sheet = read(xlsx.render(ENTRIES, NOW, 1))

    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert sheet["D3"].value == '\'=HYPERLINK("x")'
    assert sheet.freeze_panes == "A2"


def test_the_same_entries_give_the_same_bytes_on_another_day() -> None:
    later = [Entry(e.network, END + timedelta(days=1)) for e in ENTRIES]

    one = xlsx.render([Entry(e.network, END) for e in ENTRIES], NOW, 1)
    with zipfile.ZipFile(io.BytesIO(one)) as archive:
        dates = {info.date_time for info in archive.infolist()}

    assert dates == {(1980, 1, 1, 0, 0, 0)}
    assert one != xlsx.render(later, NOW, 1)
    assert one == xlsx.render([Entry(e.network, END) for e in ENTRIES], NOW, 9)


def test_what_is_cut_off_or_no_workbook_is_not_read() -> None:
    whole = xlsx.render(ENTRIES, NOW, 1)

    for content in (b"", whole[:-30], whole[: len(whole) // 2], b"PK\x03\x04"):
        with pytest.raises(InputError, match="no workbook"):
            xlsx.parse(content)

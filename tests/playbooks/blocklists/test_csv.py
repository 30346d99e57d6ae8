"""通用 CSV, as a spreadsheet and a person read it."""

from __future__ import annotations

import csv as reader
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from playbooks.blocklists import Entry, csv
from soc.errors import InputError
from soc.net import network

NOW = datetime(2026, 3, 18, 1, tzinfo=UTC)
END = NOW + timedelta(days=7, minutes=1)
KNOWN = Entry(network("203.0.113.7"), END, "漏洞利用", "FD-2026-001", "both", 42, "second")


def cells(text: str) -> list[list[str]]:
    return list(reader.reader(text.removeprefix("\ufeff").splitlines()))


def test_a_row_says_what_is_known_in_the_time_of_the_site() -> None:
    at = NOW.astimezone(ZoneInfo("Asia/Shanghai"))

    header, row = cells(csv.render([KNOWN], at, 1))

    assert header == [
        "序号", "IP/网段", "方向", "类别", "次数", "依据编号", "剩余封堵时长", "到期时间", "审批人",
    ]  # fmt: skip
    assert row == [
        "1", "203.0.113.7", "双向", "漏洞利用", "42", "FD-2026-001", "7天1小时",
        "2026-03-25 09:01:00", "second",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "bad", ["=cmd()", "+1", "-1", "@x", "\t=1", "\r\n=1", "＝1", "  =1", "\u00a0=1"]
)
def test_no_cell_begins_a_formula_or_another_row(bad: str) -> None:
    text = csv.render([Entry(network("203.0.113.7"), END, reason=bad)], NOW, 1)

    (row,) = cells(text)[1:]
    assert row[3].startswith("'")


def test_an_entry_that_has_ended_is_refused() -> None:
    with pytest.raises(InputError, match="has ended"):
        csv.render([Entry(network("203.0.113.7"), NOW)], NOW, 1)


def test_a_row_that_was_taken_out_is_missed() -> None:
    entries = [Entry(network(f"203.0.113.{n}"), END) for n in (1, 3, 5)]
    lines = csv.render(entries, NOW, 1).splitlines(keepends=True)

    with pytest.raises(InputError, match="row 2"):
        csv.parse("".join((*lines[:2], *lines[3:])))

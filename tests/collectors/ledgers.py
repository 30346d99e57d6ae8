"""Ledger files made for a test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

HEAD = ("单位名称", "系统名称", "IP地址", "端口")


def workbook(
    path: Path, rows: Sequence[Sequence[object]], merged: Sequence[str] = (), title: str = "台账"
) -> Path:
    """An XLSX file with one sheet of these rows; ``merged`` are ranges such as A2:A4."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for span in merged:
        sheet.merge_cells(span)
    book.save(path)
    return path


def csv_file(path: Path, rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> Path:
    """A CSV file of these rows; no cell may hold a comma."""
    path.write_bytes("".join(",".join(row) + "\n" for row in rows).encode(encoding))
    return path

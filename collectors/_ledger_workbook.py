"""Workbooks read by a process of its own (``_ledger_child``), within limits."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson

from collectors._ledger_text import Cell
from soc.errors import InputError

_CHILD = Path(__file__).with_name("_ledger_child.py")
_TIMEOUT_S = 600


def read(path: Path, content: bytes) -> list[dict[str, Any]]:
    """The sheets of a workbook: number, name, rows, merged, is_hidden.

    Raises:
        InputError: broken, encrypted, over a limit, or more than the reader can hold.
    """
    # -I: neither the working directory nor the child's own folder can shadow a module.
    command = [sys.executable, "-I", str(_CHILD)]
    try:
        child = subprocess.run(
            command, input=content, capture_output=True, timeout=_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{path}: takes too long to read: split it") from error
    if child.returncode != 0:
        raise InputError(
            f"{path}: is a broken workbook, or unpacks to more than the reader may hold: "
            "save it again, or split it"
        )
    answer = orjson.loads(child.stdout)
    if "error" in answer:
        raise InputError(f"{path}: {answer['error']}")
    sheets: list[dict[str, Any]] = answer["sheets"]
    for row in (row for sheet in sheets for row in sheet["rows"]):
        if dict in map(type, row):
            row[:] = map(_untagged, row)
    return sheets


def _untagged(value: Any) -> Cell:
    """A cell that JSON has no form for, as itself."""
    if not isinstance(value, dict):
        cell: Cell = value
        return cell
    if "datetime" in value:
        return datetime.fromisoformat(value["datetime"])
    return date.fromisoformat(value["date"]) if "date" in value else str(value["text"])

"""Cells as text: full width, dashes, list marks and blanks as people write them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

Cell = str | int | float | bool | date | datetime | time | timedelta | None

_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD])
_DASHES = str.maketrans(dict.fromkeys("~～∼〜—–―‐‑‒−", "-"))
_STOP = re.compile(r"(?<=\d)。(?=\d)")
_UNTIL = re.compile(r"(?<=[\d\]])\s*[至到]\s*(?=[\d\[])")
_LIST = re.compile(r"[、,;|\n\r\t ]+|和|及")
_BLANKS = {
    "",
    "-",
    "--",
    "/",
    "\\",
    "无",
    "暂无",
    "none",
    "null",
    "n/a",
    "na",
    "#n/a",
    "待定",
    "空",
    "***",  # what an export writes over personal fields
}
_BLANK_LENGTH = max(map(len, _BLANKS))
_NEUTRAL = re.compile(r"'[=+\-@＝＋－＠]")  # a text that a file was neutralised with
_EXACT_DIGITS = 10**15  # a float of more digits has lost some


def plain(text: str) -> str:
    """NFKC and what it leaves: invisible characters, 。 between digits, dashes, 至 and 到."""
    return text.replace("~", "-").strip() if text.isascii() else _folded(text)


@lru_cache(maxsize=65_536)
def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).translate(_INVISIBLE).translate(_DASHES)
    return _UNTIL.sub("-", _STOP.sub(".", text)).strip()


def spelled(cell: Cell) -> str:
    """A cell as text: 80.0 is 80, a day is 2024-05-01; text keeps its own spelling."""
    if isinstance(cell, str):
        text = cell.strip()
        return text[1:] if text[:1] == "'" and _NEUTRAL.match(text) else text
    if cell is None or isinstance(cell, bool):
        return {None: "", True: "是", False: "否"}[cell]
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return str(cell.date()) if cell.time() == time() else str(cell)
    return str(cell).strip()


def has_lost_digits(cell: Cell) -> bool:
    """True for a number so long that a spreadsheet no longer knows its last digits."""
    return (
        isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= _EXACT_DIGITS
    )


def is_blank(text: str) -> bool:
    """True for nothing and for the marks that stand for it."""
    if not text.isascii():
        return _is_blank(text)
    bare = text.strip()
    return len(bare) <= _BLANK_LENGTH and plain(bare).casefold() in _BLANKS


@lru_cache(maxsize=65_536)
def _is_blank(text: str) -> bool:
    return _folded(text).casefold() in _BLANKS


def parts(text: str) -> list[str]:
    """The members of a list written with 、，；| line ends, spaces, 和 or 及."""
    return [part for part in _LIST.split(plain(text)) if part] if text else []


def truth(text: str) -> bool | None:
    """Yes or no as people write it; None for anything else."""
    word = plain(text).casefold()
    if word in {"是", "y", "yes", "√", "✓", "✔", "有", "true", "1", "已"}:
        return True
    if word in {"否", "n", "no", "×", "x", "✗", "无", "没有", "false", "0", "不", "未"}:
        return False
    return None


def shown(value: Any) -> str:
    """A value for an error line, cut to what a line holds."""
    text = " ".join(str(value).split())
    return text if len(text) <= 80 else text[:79] + "…"

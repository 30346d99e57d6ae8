"""等保 as ledgers write it: a level and a filing number, or words in their place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from collectors._ledger_text import plain, shown

Standing = Literal["filed", "filing", "unfiled", "ungraded"]

_FILING = re.compile(r"\d{11}(?:-?\d{5})?")  # authority 6, unit 5; perhaps the system's serial
_LEVELS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}
_LEVEL = re.compile(r"第?([一二三四五1-5])(?:\([^)]*\))?|.*?([一二三四五1-5])级.*")
_TRIPLE = re.compile(r"S([1-5])A([1-5])(?:G([1-5]))?", re.IGNORECASE)
_WORDS: tuple[tuple[Standing, tuple[str, ...]], ...] = (
    ("ungraded", ("未定级", "不定级", "无需定级", "未定")),
    ("filing", ("备案中", "办理中", "申请中", "审核中", "正在", "待备案", "拟备案", "已提交")),
    ("unfiled", ("未备案", "无备案", "没有备案", "不备案", "无需备案")),
    ("filed", ("已备案",)),
)
_NONE = ("无", "没有", "/", "暂无", "不涉及", "none")  # in place of a level or a number
_RANK: tuple[Standing, ...] = ("filed", "filing", "ungraded", "unfiled")  # of two, the surer one


@dataclass(frozen=True, slots=True)
class Grade:
    """What the cells 等保级别 and 备案号 of a row say; words stay as written."""

    level: int | None = None
    filing_no: str | None = None
    standing: Standing | None = None
    level_said: str | None = None  # where no level is named
    filing_said: str | None = None  # where no number is named


def grade(level: str, filing: str, notes: list[str]) -> Grade:
    """The grade of two cells; what cannot be read is kept as written, and noted as a question."""
    number = _number(filing)
    found = _level(level)
    level_said = level.strip() if found is None and _says(level) else None
    filing_said = filing.strip() if number is None and _says(filing) else None
    standings: tuple[Standing | None, ...] = (
        "filed" if number else None,
        _standing("mlps_level", level_said, "ungraded", notes),
        _standing("mlps_filing_no", filing_said, "unfiled", notes),
    )
    told: list[Standing] = [standing for standing in standings if standing is not None]
    surest = min(told, key=_RANK.index) if told else None
    return Grade(
        level=found,
        filing_no=number,
        standing=surest,
        level_said=level_said,
        filing_said=filing_said,
    )


_REMEDY = {
    "mlps_level": "a level 1 to 5 expected",
    "mlps_filing_no": "11 digits expected, perhaps with -NNNNN",
}


def _bare(text: str) -> str:
    return "".join(plain(text).split())


def _says(text: str) -> bool:
    """False for nothing and for a dash."""
    return bool(_bare(text).strip("-*"))


def _number(text: str) -> str | None:
    bare = _bare(text)
    return bare if _FILING.fullmatch(bare) else None


def _level(text: str) -> int | None:
    """1 to 5 of 三级, 第三级, 3, S3A3G3; None for 未定级 and the like."""
    bare = _bare(text)
    if match := _TRIPLE.search(bare):
        return int(match[3] or max(match[1], match[2]))
    match = _LEVEL.fullmatch(bare)
    digit = (match[1] or match[2]) if match else None
    return (_LEVELS.get(digit) or int(digit)) if digit else None


def _standing(name: str, said: str | None, missing: Standing, notes: list[str]) -> Standing | None:
    """What words in place of a value mean; those that mean nothing known are noted."""
    if said is None:
        return None
    bare = _bare(said).casefold()
    if bare in _NONE:
        return missing
    for found, words in _WORDS:
        if any(word in bare for word in words):
            return found
    notes.append(f"{name} {shown(said)!r}: {_REMEDY[name]}; kept as written")
    return None

"""Days as ledgers write them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from collectors._ledger_problem import Problem
from collectors._ledger_text import Cell, is_blank, plain, spelled

_EPOCH = date(1899, 12, 30)  # day 0 of the serial numbers of spreadsheets
_SERIALS = range(20_000, 80_000)  # 1954 to 2119
_DAY = re.compile(
    r"^(\d{4})[-./年](\d{1,2})(?:[-./月](\d{1,2}))?[日月]?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?$"
)
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_YEAR = re.compile(r"^((?:19|20)\d{2})年?$")


class Day(NamedTuple):
    """A day, and whether the ledger names it or only its month or year."""

    day: date
    is_exact: bool = True


@lru_cache(maxsize=16_384, typed=True)
def day(cell: Cell) -> Day | None:
    """The day of a cell; the first of the month, or year, where it names no more.

    Raises:
        Problem: it is no day.
    """
    if isinstance(cell, datetime):
        return Day(cell.date())
    if isinstance(cell, date):
        return Day(cell)
    text = plain(spelled(cell))
    if is_blank(text):
        return None
    if isinstance(cell, float) and _SERIALS.start <= cell < _SERIALS.stop:
        return Day(_EPOCH + timedelta(days=int(cell)))
    return _written(text)


def _written(text: str) -> Day:
    if text.isdigit() and len(text) == 5 and int(text) in _SERIALS:
        return Day(_EPOCH + timedelta(days=int(text)))
    if match := _YEAR.match(text):
        return Day(date(int(match[1]), 1, 1), is_exact=False)
    match = _DAY.match(text) or _COMPACT.match(text)
    if match is None:
        raise Problem(text, "day")
    year, month, number = match.groups()
    try:
        return Day(date(int(year), int(month), int(number or 1)), is_exact=number is not None)
    except ValueError as error:
        raise Problem(text, "day") from error

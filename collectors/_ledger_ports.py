"""Ports as ledgers write them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from collectors._ledger_problem import Problem
from collectors._ledger_text import is_blank, plain

COUNT_LIMIT = 256  # of one row; more says nothing about what answers
_ALL = {"全部", "所有", "全端口", "any", "all", "*", "1-65535", "0-65535", "不限"}
_SPLIT = re.compile(r"[、,;|\s]+|和|及|(?<!tcp)(?<!udp)/(?!tcp|udp)")
_ONE = re.compile(
    r"^(?:(tcp|udp)[:/_-]?)?(\d{1,6})(?:\.0)?(?:-(\d{1,6}))?(?:[:/]?(tcp|udp))?(?:\([^)]*\))?(?:端口)?$"
)
_OVER_TCP = {"http", "https", "ftp", "ssh", "telnet", "smtp", "rdp", "mysql", "oracle", "smb"}


class Port(NamedTuple):
    """One port of one row."""

    number: int
    protocol: str | None = None  # tcp, udp; None: the cell does not say


def ports(cell: str) -> list[Port]:
    """The ports of a cell, each once, in its order; none for 全部.

    Raises:
        Problem: a member is no port, or there are too many.
    """
    return list(_ports(cell))


@lru_cache(maxsize=4_096)
def _ports(cell: str) -> tuple[Port, ...]:
    text = plain(cell).lower()
    if is_blank(text) or text in _ALL:
        return ()
    found: dict[Port, None] = {}
    for part in _SPLIT.split(text):
        if part:
            found |= dict.fromkeys(_member(part))
        if len(found) > COUNT_LIMIT:
            raise Problem(cell, "ports_many", limit=COUNT_LIMIT)
    return tuple(found)


def _member(text: str) -> list[Port]:
    match = _ONE.match(text)
    if match is None:
        raise Problem(text, "ports")
    before, first, last, after = match.groups()
    low, high = int(first), int(last or first)
    if not 1 <= low <= high <= 65_535:
        raise Problem(text, "ports")
    if high - low >= COUNT_LIMIT:
        raise Problem(text, "ports_many", limit=COUNT_LIMIT)
    return [Port(number, before or after) for number in range(low, high + 1)]


def transport(cell: str) -> str | None:
    """tcp or udp where the cell says one of them, or a protocol that runs over tcp."""
    word = plain(cell).lower()
    if word in ("tcp", "udp"):
        return word
    return "tcp" if word in _OVER_TCP else None

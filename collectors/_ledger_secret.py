"""Rows that must not be kept: 涉密, or of 电子政务内网. Only their number is ever told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from collectors._ledger_text import plain

_DENIED = re.compile(
    r"(?:非|不|未|无|没有|不是|不属于|不涉及|不含|不存在|不处理|不存储|不得|严禁|禁止)(?:处理|存储|存在)?"
    r"(?:涉密|电子政务内网|政务内网|国家秘密)"
)
_MARKS = re.compile(r"涉密|电子政务内网|政务内网|国家秘密|(?:绝密|机密|秘密)(?:★|级|\b)")
_LEVELS = {"绝密", "机密", "秘密", "绝密级", "机密级", "秘密级"}


def is_marked(texts: Iterable[str]) -> bool:
    """True where one of the texts says that the row is secret."""
    return any(_says_so(text) for text in texts if not text.isascii())


def is_yes(text: str) -> bool:
    """True for what stands in a column 密级 or 是否涉密 of a secret row."""
    word = "".join(plain(text).split())
    return word in {"是", "涉密", "y", "Y", "yes", "√"} | _LEVELS or _says_so(text)


@lru_cache(maxsize=65_536)
def _says_so(text: str) -> bool:
    bare = "".join(plain(text).split())
    return bare in _LEVELS or _MARKS.search(_DENIED.sub("", bare)) is not None

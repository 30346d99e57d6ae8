"""Case folding: one function for what is stored and what is asked.

Unicode 16 simple lowercase, code point by code point, without context and without language:
what Java's ``Character.toLowerCase(int)`` gives, which Elasticsearch's ``lowercase``
normaliser applies. A text keeps its number of code points.
"""

from __future__ import annotations

# Where ``str.lower`` of one code point is not the simple mapping: it gives two code points
# (i and a combining dot) for U+0130; UnicodeData.txt gives i, as Java and DuckDB do.
FULL = {0x0130: 0x0069}

# Pairs new in Unicode 16 that Python before 3.14 and DuckDB 2.0 (both Unicode 14 or 15) leave
# as they are: the store's engine adds them, see ``soc.store._duck_where``.
NEW = {
    0x1C89: 0x1C8A,  # Cyrillic Tje
    0xA7CB: 0x0264,  # Latin rams horn
    0xA7CC: 0xA7CD,  # Latin s with diagonal stroke
    0xA7DA: 0xA7DB,  # Latin lambda
    0xA7DC: 0x019B,  # Latin lambda with stroke
    **{0x10D50 + letter: 0x10D70 + letter for letter in range(22)},  # Garay
}


class _Lower(dict[int, int]):
    """Code point to its simple lowercase, filled as code points are met."""

    def __missing__(self, code: int) -> int:
        lower = chr(code).lower()
        self[code] = ord(lower) if len(lower) == 1 else code
        return self[code]


_TABLE = _Lower(FULL | NEW)


def fold(text: str) -> str:
    """The text in simple lowercase: equal for texts that differ in case only."""
    return text.lower() if text.isascii() else text.translate(_TABLE)

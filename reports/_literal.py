"""Text that others wrote (attackers too) as it may be printed."""

from __future__ import annotations

import re
import unicodedata

_SCHEME = re.compile(r"(h)tt(ps?)://", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"(?<!xxp)(?<!xxps)://", re.IGNORECASE)
_DOT = re.compile(r"(?<=\w)\.(?=[^\W\d_])")  # before a letter: a name, not a number or an address
_WIDE = "\u3000"  # the space of Chinese documents
_NO_BREAK_HYPHEN = "\u2011"  # drawn as an ordinary hyphen: a missing one stalls the layout


def printable(text: str) -> str:
    """The text on one line without control, format, private and bidirectional characters."""
    kept = (
        " " if char.isspace() and char != _WIDE else char
        for char in unicodedata.normalize("NFC", text).replace(_NO_BREAK_HYPHEN, "-")
        if char.isspace() or not unicodedata.category(char).startswith("C")
    )
    return re.sub(" +", " ", "".join(kept)).strip(" ")


def defanged(text: str) -> str:
    """URLs and domain names that no viewer turns into a link: ``hxxp://a[.]example``."""
    without_web = _SCHEME.sub(lambda found: f"{found[1]}xx{found[2]}://", text)
    return _DOT.sub("[.]", _OTHER_SCHEME.sub("[:]//", without_web))


def literal(text: str, limit: int = 120) -> str:
    """Foreign text made harmless and cut to ``limit`` characters."""
    clean = defanged(printable(text))
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"

"""The heading row of a sheet: which column holds which field."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files

from collectors._ledger_text import plain

# A heading row names one of these and at least one field more.
ANCHORS = frozenset({"unit", "system", "address", "address6", "domain", "name"})
_BRACKETS = re.compile(r"[(\[【{][^)\]】}]*[)\]】}]")
_EDGES = "*:#.·、,-_ "
_DIGITS = "0123456789"


def heading(text: str) -> str:
    """A heading as it is compared."""
    bare = "".join(plain(text).split()).casefold()
    return _BRACKETS.sub("", bare).strip(_EDGES) or bare.strip(_EDGES)


@cache
def canonical() -> dict[str, str]:
    """The heading that is written for each field, in the order of columns."""
    resource = files("collectors").joinpath("_ledger_headers.toml")
    return {k: v[0] for k, v in tomllib.loads(resource.read_text(encoding="utf-8")).items()}


@cache
def synonyms() -> dict[str, str]:
    """Field by heading.

    Raises:
        AssertionError: a heading stands under two fields.
    """
    resource = files("collectors").joinpath("_ledger_headers.toml")
    table: dict[str, str] = {}
    for field, names in tomllib.loads(resource.read_text(encoding="utf-8")).items():
        for name in names:
            if table.setdefault(heading(name), field) != field:
                raise AssertionError(f"_ledger_headers.toml: {name} stands under two fields")
            if heading(name)[0].isdigit():
                raise AssertionError(f"_ledger_headers.toml: {name} begins with a digit")
    return table


@lru_cache(maxsize=65_536)
def field_of(text: str) -> str | None:
    """The field that a heading means; None where it is not known."""
    return synonyms().get(heading(text)) if text else None


def columns(cells: Sequence[str], below: Mapping[int, str] | None = None) -> dict[int, str]:
    """Field by column of a heading row; empty where the row is none.

    Args:
        cells: the texts of the row.
        below: texts of the next row under headings that span several columns; such a pair is
            read as one heading (责任人 over 电话), or as the lower one alone.
    """
    found: dict[int, str] = {}
    for place, text in enumerate(cells):
        field = _pair(text, below[place]) if below and place in below else field_of(text)
        if field is not None and field not in found.values():
            found[place] = field
    is_heading = len(found) >= 2 and not ANCHORS.isdisjoint(found.values())
    return found if is_heading else {}


def _pair(above: str, below: str) -> str | None:
    return field_of(above + below) or field_of(below)


def is_repeated(cells: Sequence[str], known: Mapping[int, str]) -> bool:
    """True where the row is the heading again, as on every printed page."""
    filled = [place for place, text in enumerate(cells) if text]
    others = 0
    for place in filled:
        text, field = cells[place], known.get(place)
        # No heading begins with a digit, and most cells that differ do.
        others += field is None or text[0] in _DIGITS or field_of(text) != field
        if others * 2 >= len(filled):
            return False
    return len(filled) - others >= 2

"""What a condition is put to: the columns of some files, and how each is spelled in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from soc._columns import EVENT_ID, RECORD_NUMBER, SOURCE_KEY, Columns
from soc.fold import NEW
from soc.schema import Type
from soc.store import _duck_literal as sql

TRUE, FALSE = "TRUE", "FALSE"

NEW_LETTERS = frozenset(map(chr, NEW.values()))  # a folded literal without them needs only lower()
_NEW_FROM = sql.string("".join(map(chr, NEW)))
_NEW_TO = sql.string("".join(map(chr, NEW.values())))


class Clause(NamedTuple):
    """A condition, and whether it holds for exactly the rows asked for."""

    text: str
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Relation:
    """What a condition is put to: declared columns, those that the files hold, folded ones."""

    columns: Columns
    stored: frozenset[str]
    folded: Mapping[str, str] = field(default_factory=dict)  # column -> column with its lower()

    def has(self, name: str) -> bool:
        """True where some file holds the column that the name needs."""
        if name == EVENT_ID and EVENT_ID not in self.stored:
            return {SOURCE_KEY, RECORD_NUMBER} <= self.stored
        if name in self.columns.types:
            return name in self.stored
        place = self.columns.map_of(name)
        return place is not None and place[0] in self.stored

    def value(self, name: str) -> str:
        """SQL of a column that ``has`` holds for."""
        if name == EVENT_ID and EVENT_ID not in self.stored:
            key, number = sql.name(SOURCE_KEY), sql.name(RECORD_NUMBER)
            return f"printf('%016x%016x', {key}, {number})"
        place = None if name in self.columns.types else self.columns.map_of(name)
        if place is None:
            return sql.name(name)
        return f"{sql.name(place[0])}[{sql.string(place[1])}]"

    def lowered(self, name: str) -> str:
        """SQL of the column in lower case; lists and maps as a list."""
        if name in self.folded:
            return sql.name(self.folded[name])
        kind, value = self.columns.type_of(name), self.value(name)
        if kind is Type.MAP:
            value = f"map_values({value})"
        if kind is Type.MAP or (kind is not None and kind.is_list):
            return f"list_transform({value}, lambda x: lower(x))"
        return f"lower({value})"


def folded(value: str) -> str:
    """SQL that equals ``soc.fold`` of a text, over all code points.

    DuckDB's ``lower`` is the same function but for the pairs new in Unicode 16; ``translate``
    is slow, so only texts with other than ASCII characters (bytes differ from characters) pay.
    """
    swapped = f"translate(lower({value}), {_NEW_FROM}, {_NEW_TO})"
    return f"CASE WHEN strlen({value}) = length({value}) THEN lower({value}) ELSE {swapped} END"

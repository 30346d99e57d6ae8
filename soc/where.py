"""The one filter language: a small frozen tree.

Rules, analytics, hunts, metrics and suppressions all filter with it. It has three compilers
of one meaning: the evaluator here (``soc._evaluate``), DuckDB SQL (``soc.store.duckdb``) and
Elasticsearch DSL (``soc.store.elastic``).

Meaning, the same in all three:

* a comparison with an absent field (or an absent column) is false, so ``Not`` of it is true;
* text is compared folded (``soc.fold``) unless ``cased``;
* a field that holds a list matches when any of its elements does;
* numbers are compared as numbers where the *column* is a number, whatever the literal's type;
* ``Cidr`` compares addresses as numbers, whatever their spelling, v4 and v6 alike;
* ``Regex`` is RE2, unanchored, case-sensitive unless the pattern says ``(?i)``;
* ``Keyword`` asks every text column of the dataset.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; no parts: always true."""

    parts: tuple[Where, ...] = ()


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds; no parts: never true."""

    parts: tuple[Where, ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold; true where its field is absent."""

    part: Where


@dataclass(frozen=True, slots=True)
class Equals:
    field: str
    value: Value
    cased: bool = False


@dataclass(frozen=True, slots=True)
class In:
    field: str
    values: tuple[Value, ...]
    cased: bool = False


@dataclass(frozen=True, slots=True)
class Contains:
    field: str
    text: str
    cased: bool = False


@dataclass(frozen=True, slots=True)
class Prefix:
    field: str
    text: str
    cased: bool = False


@dataclass(frozen=True, slots=True)
class Suffix:
    field: str
    text: str
    cased: bool = False


@dataclass(frozen=True, slots=True)
class Glob:
    """Literal texts with ``MANY`` (any run, also none) and ``ONE`` (any character) between."""

    field: str
    pieces: tuple[str | Wild, ...]
    cased: bool = False


@dataclass(frozen=True, slots=True)
class Wild:
    """A wildcard of a ``Glob``; use ``MANY`` and ``ONE``."""

    many: bool


MANY = Wild(many=True)
ONE = Wild(many=False)


@dataclass(frozen=True, slots=True)
class Regex:
    """An RE2 pattern that occurs somewhere in the text; ``(?i)`` and friends inside it."""

    field: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Cidr:
    """The address lies in the network, given in canonical form (``192.0.2.0/24``)."""

    field: str
    network: str


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers or dates (ISO 8601) between two bounds; a bound that is None is open."""

    field: str
    low: Value | None = None
    high: Value | None = None
    with_low: bool = True
    with_high: bool = True


@dataclass(frozen=True, slots=True)
class Exists:
    """The field holds something: not absent, not an empty list. Empty text is something."""

    field: str


@dataclass(frozen=True, slots=True)
class Keyword:
    """The text occurs in any text column."""

    text: str
    cased: bool = False


Where = (
    All
    | Some
    | Not
    | Equals
    | In
    | Contains
    | Prefix
    | Suffix
    | Glob
    | Regex
    | Cidr
    | Range
    | Exists
    | Keyword
)

EVERYTHING = All()
NOTHING = Some()


def leaves(where: Where) -> Iterator[Where]:
    """Every comparison of the tree, left to right."""
    stack: list[Where] = [where]
    while stack:
        node = stack.pop()
        match node:
            case All(parts) | Some(parts):
                stack.extend(reversed(parts))
            case Not(part):
                stack.append(part)
            case _:
                yield node


def fields(where: Where) -> set[str]:
    """Names of all fields that the tree asks; ``Keyword`` names none."""
    return {leaf.field for leaf in leaves(where) if not isinstance(leaf, _NAMELESS)}


_NAMELESS = (Keyword, All, Some, Not)

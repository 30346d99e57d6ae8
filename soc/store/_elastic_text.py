"""Comparisons of text, addresses and maps in Elasticsearch's query language.

The meaning is that of ``soc._evaluate`` for every row whose columns are not odd (see
``soc.store._elastic_document``); odd rows are left to the evaluator.
"""

from __future__ import annotations

from soc import _literal, net
from soc.fold import fold
from soc.store import _elastic_clause as dsl
from soc.store._elastic_clause import NEVER, UNSURE, Clause, Query
from soc.store._elastic_names import folded
from soc.where import (
    MANY,
    Cidr,
    Contains,
    Equals,
    Glob,
    In,
    Prefix,
    Range,
    Regex,
    Suffix,
    Value,
    Where,
    Wild,
)

Leaf = Equals | In | Contains | Prefix | Suffix | Glob | Regex | Cidr | Range
_TEXT_BYTES = 32_766  # of the longest text that an index holds


def undecided(field: str) -> Clause:
    """Rows in which the field holds something: the evaluator looks at them."""
    return Clause(dsl.exists(field), exact=False)


def text(leaf: Leaf) -> Clause:
    """The leaf asked of a text column, or of a list of texts."""
    match leaf:
        case Equals(field, value, cased):
            return _among(field, (value,), cased=cased)
        case In(field, values, cased):
            return _among(field, values, cased=cased)
        case Range():
            return _range(leaf)
        case Regex() | Cidr():
            return undecided(leaf.field)
    shape = pieces(leaf)
    return dsl.shaped(leaf.field, shape, cased=leaf.cased)


def pieces(leaf: Contains | Prefix | Suffix | Glob) -> tuple[str | Wild, ...]:
    """The leaf as the shape of a whole text."""
    match leaf:
        case Contains(_, text):
            return (MANY, text, MANY)
        case Prefix(_, text):
            return (text, MANY)
        case Suffix(_, text):
            return (MANY, text)
        case Glob(_, shape):
            return shape


def _among(field: str, values: tuple[Value, ...], *, cased: bool) -> Clause:
    texts = {text for value in values if _fits(text := _literal.text(value))}
    if cased:
        return Clause(dsl.terms(field, sorted(texts)))
    lower = {fold(text) for text in texts}
    unsure = {text for text in lower if UNSURE & set(text)}
    shapes = [dsl.shaped(field, (text,), cased=False).query for text in sorted(unsure)]
    known = dsl.terms(folded(field), sorted(lower - unsure))
    return Clause(dsl.some([known, *shapes]), exact=not unsure)


def _fits(text: str) -> bool:
    return dsl.is_storable(text) and len(text.encode()) <= _TEXT_BYTES


def _range(leaf: Range) -> Clause:
    bounds = [bound for bound in (leaf.low, leaf.high) if bound is not None]
    if not all(isinstance(bound, str) for bound in bounds):
        return undecided(leaf.field)
    if not all(_fits(str(bound)) for bound in bounds):
        return NEVER if not all(dsl.is_storable(str(b)) for b in bounds) else undecided(leaf.field)
    if any(UNSURE & set(fold(str(bound))) for bound in bounds):
        return undecided(leaf.field)
    sides = {}
    if leaf.low is not None:
        sides["gte" if leaf.with_low else "gt"] = fold(str(leaf.low))
    if leaf.high is not None:
        sides["lte" if leaf.with_high else "lt"] = fold(str(leaf.high))
    if not sides:
        return Clause(dsl.exists(leaf.field))
    return Clause(dsl.between(folded(leaf.field), **sides))


def address(leaf: Leaf) -> Clause:
    """The leaf asked of a column of addresses, or of lists of them."""
    match leaf:
        case Equals(field, value):
            return _addresses(field, (value,))
        case In(field, values):
            return _addresses(field, values)
        case Cidr(field, network):
            return Clause(_network(field, network))
        case Range():
            return NEVER
        case _:
            return undecided(leaf.field)


def _addresses(field: str, values: tuple[Value, ...]) -> Clause:
    """By address; a text that is none is held by odd rows only."""
    twins = {twin for value in values if (twin := _literal.twin(_literal.text(value)))}
    return Clause(dsl.terms(field, [net.untwin(twin) for twin in sorted(twins)]))


def _network(field: str, network: str) -> Query:
    span = _literal.span(network)
    if not span.without_v4:
        return dsl.between(field, gte=net.untwin(span.first), lte=net.untwin(span.last))
    v4 = _literal.V4  # a list may hold both sorts: what lies on either side of v4 is asked for
    below = dsl.between(field, gte=net.untwin(span.first), lt=net.untwin(v4.first))
    above = dsl.between(field, gt=net.untwin(v4.last), lte=net.untwin(span.last))
    return dsl.some([below, above])


def mapped(leaf: Where, column: str) -> Clause:
    """The leaf asked of a map or of one of its keys: rows whose map may hold such a value."""
    literal = _certain(leaf)
    if literal:
        wanted = {"value": literal, "case_insensitive": True}
        return Clause({"wildcard": {column: wanted}}, exact=False)
    return undecided(column)


def _certain(leaf: Where) -> str:
    """A pattern that every value matches for which the leaf holds; empty where there is none.

    The server's own way of passing over case knows fewer letters than ``soc.fold``: those that
    could differ are left open.
    """
    match leaf:
        case Equals(_, value):
            shape: tuple[str | Wild, ...] = (_literal.text(value),)
        case Contains() | Prefix() | Suffix():
            shape = pieces(leaf)
        case _:
            return ""
    spelled = ["*" if isinstance(p, Wild) else _open(p) for p in shape]
    return "".join(spelled) if sum(map(len, spelled)) < dsl.LITERAL else ""


def _open(text: str) -> str:
    return "".join(_letter(letter) for letter in fold(text))


def _letter(letter: str) -> str:
    if not letter.isascii() or letter in "ki":
        return "?"  # the signs of Kelvin and the dotted I fold to these two
    return "\\" + letter if letter in "*?\\" else letter

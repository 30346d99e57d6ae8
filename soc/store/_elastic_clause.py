"""Conditions in Elasticsearch's query language: the pieces that compiled filters are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from soc.fold import NEW, fold
from soc.store._elastic_names import folded
from soc.where import MANY, Wild

Query = dict[str, Any]

TRUE: Query = {"match_all": {}}
FALSE: Query = {"match_none": {}}

TERMS = 10_000  # in one query
CLAUSES = 900  # in one search: every server takes 1,024
LITERAL = 200  # characters of a text that are searched for; the evaluator compares the rest
_ONES = 4  # after a run of any length: each doubles the size of the automaton
_WILDS = 8

# Letters that Java before 24 does not fold: they are searched for as any letter.
UNSURE = frozenset(map(chr, (*NEW, *NEW.values())))


class Clause(NamedTuple):
    """A condition, and whether it holds for exactly the rows asked for."""

    query: Query
    exact: bool = True


NEVER = Clause(FALSE)


def exists(field: str) -> Query:
    """The field holds something."""
    return {"exists": {"field": field}}


def terms(field: str, values: Iterable[Any]) -> Query:
    """The field holds one of the values."""
    found = list(values)
    if not found:
        return FALSE
    if len(found) == 1:
        return {"term": {field: {"value": found[0]}}}
    chunks = [found[start : start + TERMS] for start in range(0, len(found), TERMS)]
    return some([{"terms": {field: chunk}} for chunk in chunks])


def between(field: str, **bounds: Any) -> Query:
    """The field lies within bounds (``gte``, ``gt``, ``lte``, ``lt``)."""
    return {"range": {field: bounds}}


def every(queries: Iterable[Query]) -> Query:
    """All of them hold; none: always."""
    found = [query for query in queries if query != TRUE]
    if FALSE in found:
        return FALSE
    return found[0] if len(found) == 1 else {"bool": {"filter": found}} if found else TRUE


def some(queries: Iterable[Query]) -> Query:
    """One of them holds; none: never."""
    found = [query for query in queries if query != FALSE]
    if TRUE in found:
        return TRUE
    if not found:
        return FALSE
    if len(found) == 1:
        return found[0]
    return {"bool": {"should": found, "minimum_should_match": 1}}


def none_of(query: Query) -> Query:
    """It does not hold, also where its field is absent."""
    match query:
        case {"match_all": _}:
            return FALSE
        case {"match_none": _}:
            return TRUE
        case {"bool": {"must_not": [inner]}}:
            found: Query = inner
            return found
    return {"bool": {"must_not": [query]}}


def weight(query: Query) -> int:
    """How many clauses the server counts in a query."""
    inner = query.get("bool")
    if inner is None:
        return 1
    parts = (part for name in ("filter", "should", "must_not") for part in inner.get(name, ()))
    return sum(map(weight, parts))


def is_storable(text: str) -> bool:
    """False for a text with half of a surrogate pair: no stored text holds one."""
    return re.search("[\ud800-\udfff]", text) is None


def shaped(field: str, pieces: tuple[str | Wild, ...], *, cased: bool) -> Clause:
    """A text field whose value has this shape, from its beginning to its end.

    What would make too large an automaton is asked for by its longest literal.
    """
    if not all(is_storable(piece) for piece in pieces if isinstance(piece, str)):
        return NEVER
    asked = field if cased else folded(field)
    known = _merged(pieces if cased else tuple(_folded(pieces)))
    if known == [MANY]:
        return Clause(exists(field))
    if any(isinstance(piece, str) and len(piece) > LITERAL for piece in known):
        return Clause(_longest(asked, known, cased=cased), exact=False)
    unsure = not cased and any(UNSURE & set(p) for p in known if isinstance(p, str))
    if unsure or _is_heavy(known):
        return Clause(_longest(asked, known, cased=cased), exact=False)
    return Clause(_asked(asked, known))


def _folded(pieces: tuple[str | Wild, ...]) -> Iterable[str | Wild]:
    return (piece if isinstance(piece, Wild) else fold(piece) for piece in pieces)


def _merged(pieces: tuple[str | Wild, ...]) -> list[str | Wild]:
    """Literals that touch are one; several runs of any length are one; empty texts are gone."""
    found: list[str | Wild] = []
    for piece in pieces:
        last = found[-1] if found else None
        if isinstance(piece, str) and isinstance(last, str):
            found[-1] = last + piece
        elif piece and not (piece == MANY and last == MANY):
            found.append(piece)
    return found


def _asked(field: str, pieces: list[str | Wild]) -> Query:
    match pieces:
        case []:
            return {"term": {field: {"value": ""}}}
        case [str(text)]:
            return {"term": {field: {"value": text}}}
        case [str(text), Wild(many=True)]:
            return {"prefix": {field: {"value": text}}}
    return {"wildcard": {field: {"value": "".join(map(_spelled, pieces))}}}


def _spelled(piece: str | Wild) -> str:
    if isinstance(piece, Wild):
        return "*" if piece.many else "?"
    return re.sub(r"([*?\\])", r"\\\1", piece)


def _is_heavy(pieces: list[str | Wild]) -> bool:
    wilds = [piece for piece in pieces if isinstance(piece, Wild)]
    first = wilds.index(MANY) if MANY in wilds else len(wilds)
    return len(wilds) > _WILDS or len(wilds[first:]) - wilds.count(MANY) > _ONES


def _longest(field: str, pieces: list[str | Wild], *, cased: bool) -> Query:
    """The value holds the longest literal, or the beginning of it."""
    literals = [piece for piece in pieces if isinstance(piece, str)]
    if not cased:
        literals = [part for text in literals for part in _sure(text)]
    longest = max(literals, key=len, default="")[:LITERAL]
    return containing(field, longest) if longest else exists(field)


def _sure(text: str) -> list[str]:
    """The runs of letters that every server folds alike."""
    return "".join("\ud800" if letter in UNSURE else letter for letter in text).split("\ud800")


def containing(field: str, text: str) -> Query:
    """The value holds the text."""
    return {"wildcard": {field: {"value": f"*{_spelled(text)}*"}}}

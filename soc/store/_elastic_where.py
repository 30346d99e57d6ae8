"""``soc.where`` in Elasticsearch's query language, for one value meaning with ``soc._evaluate``.

A compiled filter is (query, exact). A query that is not exact holds for more rows than asked,
never for fewer: the evaluator decides among them. Under ``Not`` such a leaf holds for fewer.
Rows that are odd in a column that is asked are not thought of here: see ``soc.store.elastic``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime

from soc import _evaluate, _literal
from soc._columns import EVENT_ID, RECORD_NUMBER, SOURCE_KEY, Columns
from soc.schema import Type
from soc.store import _elastic_clause as dsl
from soc.store import _elastic_text
from soc.store._elastic_clause import NEVER, Clause, Query
from soc.store._elastic_document import END, FIRST
from soc.store._elastic_text import Leaf, undecided
from soc.where import (
    All,
    Cidr,
    Contains,
    Equals,
    Exists,
    Glob,
    In,
    Keyword,
    Not,
    Range,
    Regex,
    Some,
    Value,
    Where,
)

_WHOLE = {
    Type.INTEGER: (-(1 << 31), (1 << 31) - 1),
    Type.LONG: (-(1 << 63), (1 << 63) - 1),
}  # what a column can hold


def compile(where: Where, columns: Columns, *, negated: bool = False) -> Clause:
    """The condition for documents of a dataset with these columns.

    Raises:
        RuleError: a pattern is no RE2, or a network is none.
    """
    match where:
        case All(parts):
            found = [compile(part, columns, negated=negated) for part in parts]
            return _joined(dsl.every([c.query for c in found]), found)
        case Some(parts):
            found = [compile(part, columns, negated=negated) for part in parts]
            return _joined(dsl.some([c.query for c in found]), found)
        case Not(part):
            clause = compile(part, columns, negated=not negated)
            return Clause(dsl.none_of(clause.query), clause.exact)
        case Exists(name):
            return _exists(name, columns)
        case Keyword(text, cased):
            asked = Some(tuple(Contains(name, text, cased) for name in columns.texts()))
            return compile(asked, columns, negated=negated)
        case _:
            clause = _leaf(where, columns)
            return Clause(dsl.FALSE, exact=False) if negated and not clause.exact else clause


def _joined(query: Query, clauses: list[Clause]) -> Clause:
    return Clause(query, all(clause.exact for clause in clauses))


def _exists(name: str, columns: Columns) -> Clause:
    kind = columns.type_of(name)
    if kind is None or kind is Type.TWIN:
        return NEVER
    if name == EVENT_ID:
        return Clause(dsl.every([dsl.exists(SOURCE_KEY), dsl.exists(RECORD_NUMBER)]))
    place = _key(name, columns)
    if place is not None:
        return undecided(place) if "*" in name else Clause(dsl.exists(name))
    return Clause(dsl.exists(name))


def _key(name: str, columns: Columns) -> str | None:
    """The map column that the name is a key of."""
    place = None if name in columns.types else columns.map_of(name)
    return None if place is None else place[0]


def _leaf(leaf: Leaf, columns: Columns) -> Clause:
    kind = columns.type_of(leaf.field)
    _check(leaf)
    if kind is None or kind is Type.TWIN:
        return NEVER
    if leaf.field == EVENT_ID:
        return _event_id(leaf)
    column = _key(leaf.field, columns) or leaf.field
    if columns.type_of(column) is Type.MAP:
        return _elastic_text.mapped(leaf, column)
    if kind is Type.BOOLEAN:
        return _truth(leaf)
    if kind.is_address:
        return _elastic_text.address(leaf)
    return _OF_KIND.get(kind, _text)(leaf, kind)


def _check(leaf: Leaf) -> None:
    """Refuses what the evaluator refuses."""
    match leaf:
        case Regex(name, pattern):
            _evaluate.pattern(name, pattern)
        case Cidr(name, network):
            _evaluate.span(name, network)
        case Glob(name, pieces, cased):
            _evaluate.glob(name, pieces, cased)


def _text(leaf: Leaf, _kind: Type) -> Clause:
    return _elastic_text.text(leaf)


def _event_id(leaf: Leaf) -> Clause:
    """Two numbers make the id: texts that are one are asked by them."""
    if not isinstance(leaf, Equals | In):
        return undecided(RECORD_NUMBER)
    values = (leaf.value,) if isinstance(leaf, Equals) else leaf.values
    texts = (_literal.text(value) for value in values)
    ids = {_literal.event_id(text if leaf.cased else text.lower()) for text in texts} - {None}
    numbers: dict[int, list[int]] = {}
    for key, number in sorted(found for found in ids if found is not None):
        numbers.setdefault(key, []).append(number)
    asked = [
        dsl.every([dsl.terms(SOURCE_KEY, [key]), dsl.terms(RECORD_NUMBER, found)])
        for key, found in numbers.items()
    ]
    return Clause(dsl.some(asked))


def _truth(leaf: Leaf) -> Clause:
    """The evaluator is asked about both."""
    columns = Columns({leaf.field: Type.BOOLEAN})
    holds = _evaluate.predicate(leaf, columns)
    return Clause(dsl.terms(leaf.field, [v for v in (True, False) if holds({leaf.field: v})]))


def _number(leaf: Leaf, kind: Type) -> Clause:
    match leaf:
        case Equals(_, wanted):
            return _numbers(leaf.field, (wanted,), kind)
        case In(_, wanted):
            return _numbers(leaf.field, wanted, kind)
        case Range():
            return _between(leaf, kind)
        case Cidr():
            return NEVER
        case _:
            return undecided(leaf.field)


def _numbers(field: str, wanted: tuple[Value, ...], kind: Type) -> Clause:
    found = {_evaluate.comparable(literal, kind) for literal in wanted} - {None}
    if kind is Type.DOUBLE:
        return Clause(dsl.terms(field, sorted(map(float, found))))
    low, high = _WHOLE[kind]
    whole = (n for n in found if isinstance(n, int) and low <= n <= high)
    return Clause(dsl.terms(field, sorted(whole)))


def _between(leaf: Range, kind: Type) -> Clause:
    limits = [_evaluate.comparable(b, kind) for b in (leaf.low, leaf.high) if b is not None]
    if None in limits:
        return NEVER
    parts = [dsl.exists(leaf.field)] if not limits else []
    for bound, side in _bounds(leaf):
        parts.append(_side(leaf.field, _evaluate.comparable(bound, kind), side, kind))
    return Clause(dsl.every(parts))


def _bounds(leaf: Range) -> list[tuple[Value, str]]:
    """The bounds that are there, with the name of their side."""
    found = []
    if leaf.low is not None:
        found.append((leaf.low, "gte" if leaf.with_low else "gt"))
    if leaf.high is not None:
        found.append((leaf.high, "lte" if leaf.with_high else "lt"))
    return found


def _side(field: str, limit: int | float, side: str, kind: Type) -> Query:
    """One bound; whole columns get a whole bound, so that nothing is compared as a double."""
    if kind is Type.DOUBLE:
        return dsl.between(field, **{side: float(limit)})
    is_low = side[0] == "g"
    if isinstance(limit, float):
        limit, side = (math.ceil(limit), "gte") if is_low else (math.floor(limit), "lte")
    least, greatest = _WHOLE[kind]
    if limit < least:
        return dsl.exists(field) if is_low else dsl.FALSE
    if limit > greatest:
        return dsl.FALSE if is_low else dsl.exists(field)
    return dsl.between(field, **{side: limit})


def _date(leaf: Leaf, _kind: Type) -> Clause:
    match leaf:
        case Equals(_, wanted):
            return _instants(leaf.field, (wanted,))
        case In(_, wanted):
            return _instants(leaf.field, wanted)
        case Range():
            return _during(leaf)
        case Cidr():
            return NEVER
        case _:
            return undecided(leaf.field)


def _instants(field: str, wanted: tuple[Value, ...]) -> Clause:
    found = {_literal.instant(literal) for literal in wanted}
    known = sorted(at for at in found if at is not None and FIRST <= at < END)
    return Clause(dsl.terms(field, map(instant, known)))


def _during(leaf: Range) -> Clause:
    parts = [dsl.exists(leaf.field)]
    for bound, side in _bounds(leaf):
        at = _literal.instant(bound)
        if at is None:
            return NEVER
        parts.append(moment(leaf.field, at, side))
    return Clause(dsl.every(parts))


def moment(field: str, at: datetime, side: str) -> Query:
    """One bound of a date; what lies beyond all that can be stored holds for all or for none."""
    is_low = side[0] == "g"
    if at < FIRST:
        return dsl.TRUE if is_low else dsl.FALSE
    if at >= END:
        return dsl.FALSE if is_low else dsl.TRUE
    return dsl.between(field, **{side: instant(at)})


def instant(at: datetime) -> str:
    """A date as documents spell it."""
    return f"{_literal.instant(at):%Y-%m-%dT%H:%M:%S.%f}Z"


_OF_KIND: Mapping[Type, Callable[[Leaf, Type], Clause]] = {
    Type.INTEGER: _number,
    Type.LONG: _number,
    Type.DOUBLE: _number,
    Type.DATE: _date,
}

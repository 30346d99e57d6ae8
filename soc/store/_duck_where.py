"""``soc.where`` as DuckDB SQL, for one value meaning with ``soc._evaluate``.

A compiled filter is (SQL, exact). SQL that is not exact holds for more rows than asked, never
for fewer: the evaluator decides among them. Under ``Not`` such a leaf holds for fewer.
"""

from __future__ import annotations

import math

from soc import _evaluate, _literal
from soc._columns import EVENT_ID, RECORD_NUMBER, SOURCE_KEY
from soc.fold import fold
from soc.schema import Type
from soc.store import _duck_literal as sql
from soc.store import _duck_text
from soc.store._duck_relation import FALSE, TRUE, Clause, Relation
from soc.store._duck_text import Leaf, literals, present
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

# DuckDB takes a conjunction apart, at more than the square of its parts: 3,000 took 45 s and
# gigabytes, and 0.5 s within coalesce, which it leaves alone.
_CONJUNCTS = 100

INT64 = (-(1 << 63), (1 << 63) - 1)


def compile(where: Where, relation: Relation, *, negated: bool = False) -> Clause:
    """The condition for the rows of a relation.

    Raises:
        RuleError: a pattern is no RE2, or a network is none.
    """
    match where:
        case All(parts):
            return _all([compile(part, relation, negated=negated) for part in parts])
        case Some(parts):
            return _some([compile(part, relation, negated=negated) for part in parts])
        case Not(part):
            return _not(compile(part, relation, negated=not negated))
        case Exists(name):
            is_asked = relation.has(name) and relation.columns.type_of(name) is not Type.TWIN
            return present(name, relation) if is_asked else Clause(FALSE)
        case Keyword(text, cased):
            names = relation.columns.texts()
            asked = [Contains(name, text, cased) for name in names if relation.has(name)]
            return compile(Some(tuple(asked)), relation, negated=negated)
        case _:
            clause = _leaf(where, relation)
            return Clause(FALSE, exact=False) if negated and not clause.exact else clause


def _all(parts: list[Clause]) -> Clause:
    if Clause(FALSE) in parts:
        return Clause(FALSE)
    texts = [part.text for part in parts if part.text != TRUE]
    text = sql.joined(texts, "AND") if texts else TRUE
    if text.count(" AND ") > _CONJUNCTS:
        text = f"coalesce({text}, FALSE)"
    return Clause(text, all(part.exact for part in parts))


def _some(parts: list[Clause]) -> Clause:
    if Clause(TRUE) in parts:
        return Clause(TRUE)
    texts = [part.text for part in parts if part.text != FALSE]
    return Clause(sql.joined(texts, "OR") if texts else FALSE, all(p.exact for p in parts))


def _not(part: Clause) -> Clause:
    constant = {TRUE: FALSE, FALSE: TRUE}.get(part.text)
    return Clause(constant or f"(NOT coalesce({part.text}, FALSE))", part.exact)


def _leaf(leaf: Leaf, relation: Relation) -> Clause:
    kind = relation.columns.type_of(leaf.field)
    if _checked(leaf, kind) or kind is None or not relation.has(leaf.field):
        return Clause(FALSE)
    is_made = leaf.field == EVENT_ID and EVENT_ID not in relation.stored
    if is_made and isinstance(leaf, Equals | In):
        return _event_id(leaf)
    if kind.is_number:
        return _number(leaf, kind, relation.value(leaf.field))
    if kind in (Type.DATE, Type.BOOLEAN):
        return _moment(leaf, kind, relation.value(leaf.field))
    return _duck_text.compare(leaf, kind, relation)


def _checked(leaf: Leaf, kind: Type | None) -> bool:
    """True where the leaf can never hold, whatever the row; refuses what the evaluator refuses."""
    if isinstance(leaf, Regex):
        _evaluate.pattern(leaf.field, leaf.pattern)
    if isinstance(leaf, Cidr):
        _evaluate.span(leaf.field, leaf.network)
    if isinstance(leaf, Glob):
        _evaluate.glob(leaf.field, leaf.pieces, leaf.cased)
    if kind is None or kind is Type.TWIN:
        return True
    return not isinstance(leaf, In) and not all(map(sql.is_storable, literals(leaf)))


def _event_id(leaf: Equals | In) -> Clause:
    texts = literals(leaf)
    ids = {_literal.event_id(text if leaf.cased else fold(text)) for text in texts} - {None}
    numbers: dict[int, list[int]] = {}
    for key, number in sorted(found for found in ids if found is not None):
        numbers.setdefault(key, []).append(number)
    parts = [
        f"({sql.name(SOURCE_KEY)} = {key} AND {sql.name(RECORD_NUMBER)} IN ({str(found)[1:-1]}))"
        for key, found in numbers.items()
    ]
    return Clause(sql.joined(parts, "OR") if parts else FALSE)


def _number(leaf: Leaf, kind: Type, value: str) -> Clause:
    match leaf:
        case Equals(_, wanted):
            return _numbers((wanted,), kind, value)
        case In(_, wanted):
            return _numbers(wanted, kind, value)
        case Range():
            return _between(leaf, kind, value)
        case Cidr():
            return Clause(FALSE)
    if kind is Type.DOUBLE:  # how a fraction reads is the evaluator's affair
        return Clause(f"isfinite({value})", exact=False)
    text = f"CAST({value} AS VARCHAR)"
    return _duck_text.scalar(leaf, text, text)


def _numbers(wanted: tuple[Value, ...], kind: Type, value: str) -> Clause:
    found = {_evaluate.comparable(literal, kind) for literal in wanted}
    texts = sorted(sql.number(n) for n in found if isinstance(n, int | float) and _fits(n, kind))
    return Clause(f"({value} IN ({', '.join(texts)}))" if texts else FALSE)


def _fits(number: int | float, kind: Type) -> bool:
    if kind is Type.DOUBLE:
        return True
    return isinstance(number, int) and INT64[0] <= number <= INT64[1]


def _between(leaf: Range, kind: Type, value: str) -> Clause:
    limits = [_evaluate.comparable(b, kind) for b in (leaf.low, leaf.high) if b is not None]
    if None in limits:
        return Clause(FALSE)
    parts = [f"isfinite({value})"] if kind is Type.DOUBLE else [f"{value} IS NOT NULL"]
    bounds = ((leaf.low, leaf.with_low, ">"), (leaf.high, leaf.with_high, "<"))
    for bound, with_bound, sign in bounds:
        limit = None if bound is None else _evaluate.comparable(bound, kind)
        if isinstance(limit, int | float):
            parts.append(_side(limit, sign + "=" * with_bound, kind, value))
    return Clause(FALSE if FALSE in parts else sql.joined(parts, "AND"))


def _side(limit: int | float, sign: str, kind: Type, value: str) -> str:
    """One bound; whole columns get a whole bound, so that nothing is compared as a double."""
    if kind is Type.DOUBLE:
        return f"{value} {sign} {sql.number(limit)}"
    if isinstance(limit, float):
        limit, sign = (math.ceil(limit), ">=") if sign[0] == ">" else (math.floor(limit), "<=")
    if limit < INT64[0]:
        return TRUE if sign[0] == ">" else FALSE
    if limit > INT64[1]:
        return FALSE if sign[0] == ">" else TRUE
    return f"{value} {sign} {limit}"


def _moment(leaf: Leaf, kind: Type, value: str) -> Clause:
    """A date or a truth."""
    match leaf:
        case Equals(_, wanted):
            return _same((wanted,), kind, value)
        case In(_, wanted):
            return _same(wanted, kind, value)
        case Range() if kind is Type.DATE:
            return _during(leaf, value)
        case Range() | Cidr():
            return Clause(FALSE)
    if kind is Type.DATE:
        return Clause(f"({value} IS NOT NULL)", exact=False)
    text = f"CAST({value} AS VARCHAR)"
    return _duck_text.scalar(leaf, text, text)


def _same(wanted: tuple[Value, ...], kind: Type, value: str) -> Clause:
    if kind is Type.BOOLEAN:
        truths = {_literal.truth(literal) for literal in wanted} - {None}
        texts = sorted(str(truth).upper() for truth in truths)
    else:
        instants = {_literal.instant(literal) for literal in wanted}
        texts = sorted(sql.instant(at) for at in instants if at is not None)
    return Clause(f"({value} IN ({', '.join(texts)}))" if texts else FALSE)


def _during(leaf: Range, value: str) -> Clause:
    parts = [f"{value} IS NOT NULL"]
    bounds = ((leaf.low, leaf.with_low, ">"), (leaf.high, leaf.with_high, "<"))
    for bound, with_bound, sign in bounds:
        at = None if bound is None else _literal.instant(bound)
        if bound is not None and at is None:
            return Clause(FALSE)
        if at is not None:
            parts.append(f"{value} {sign}{'=' * with_bound} {sql.instant(at)}")
    return Clause(sql.joined(parts, "AND"))

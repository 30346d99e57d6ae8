"""Comparisons of text and addresses as DuckDB SQL: scalar columns, lists and maps."""

from __future__ import annotations

import re

from soc import _evaluate, _literal
from soc.fold import fold
from soc.schema import Type, twin
from soc.store import _duck_literal as sql
from soc.store._duck_relation import FALSE, NEW_LETTERS, Clause, Relation, folded
from soc.where import (
    Cidr,
    Contains,
    Equals,
    Glob,
    In,
    Keyword,
    Prefix,
    Range,
    Regex,
    Suffix,
    Value,
    Where,
    Wild,
)

_Literal = Equals | In | Contains | Prefix | Suffix | Glob
_Text = _Literal | Regex | Range
Leaf = _Text | Cidr


def compare(leaf: Leaf, kind: Type, relation: Relation) -> Clause:
    """The leaf asked of a stored column of characters, addresses or a map."""
    if isinstance(leaf, Cidr):
        return _network(leaf, kind, relation)
    if kind.is_address and isinstance(leaf, Range):
        return Clause(FALSE)
    if kind.is_address and isinstance(leaf, Equals | In):
        return _addresses(leaf, kind, relation)
    return _column(leaf, kind, relation)


def _column(leaf: _Text, kind: Type, relation: Relation) -> Clause:
    value, lowered = relation.value(leaf.field), relation.lowered(leaf.field)
    if not kind.is_list and kind is not Type.MAP:
        return scalar(leaf, value, lowered)
    items = f"map_values({value})" if kind is Type.MAP else value
    if is_lower(leaf):
        items, inner = lowered, scalar(leaf, "x", "x").text
    else:
        inner = scalar(leaf, "x", "lower(x)").text
    found = f"(list_count(list_filter({items}, lambda x: {inner})) > 0)"
    return Clause(FALSE if inner == FALSE else found)


def scalar(leaf: _Text, value: str, lowered: str) -> Clause:
    """The leaf asked of one text; ``lowered`` is SQL of its ``lower()``."""
    if isinstance(leaf, Regex):
        return Clause(f"regexp_matches({value}, {sql.string(leaf.pattern)})")
    if isinstance(leaf, Range):
        return _range(leaf, value)
    if leaf.cased:
        return Clause(_asked(leaf, value))
    return Clause(_asked(leaf, lowered if is_lower(leaf) else folded(value)))


def is_lower(leaf: Where) -> bool:
    """True where ``lower()`` of the value is enough for the leaf.

    ``lower`` and ``fold`` of a value differ only in code points that the literals lack, in
    upper and lower form, so no literal can lie over one of them.
    """
    if not isinstance(leaf, _Literal | Keyword) or leaf.cased:
        return False
    texts = [leaf.text] if isinstance(leaf, Keyword) else literals(leaf)
    return not any(NEW_LETTERS & set(fold(text)) for text in texts)


def literals(leaf: Leaf) -> list[str]:
    """The texts that the leaf compares with."""
    match leaf:
        case Contains(_, text) | Prefix(_, text) | Suffix(_, text):
            return [text]
        case Glob(_, pieces):
            return [piece for piece in pieces if isinstance(piece, str)]
        case Equals(_, value):
            return [_literal.text(value)]
        case In(_, values):
            return [_literal.text(value) for value in values]
        case _:
            return []


def _asked(leaf: _Literal, item: str) -> str:
    """The condition on an item that is in the case of the literals."""
    case = str if leaf.cased else fold
    match leaf:
        case Contains(_, text):
            return f"contains({item}, {sql.string(case(text))})"
        case Prefix(_, text):
            return f"starts_with({item}, {sql.string(case(text))})"
        case Suffix(_, text):
            return f"suffix({item}, {sql.string(case(text))})"
        case Glob(_, pieces):
            shape = "".join(_like(p if isinstance(p, Wild) else case(p)) for p in pieces)
            return f"({item} LIKE {sql.string(shape)} ESCAPE '\\')"
        case _:
            texts = {case(text) for text in literals(leaf) if sql.is_storable(text)}
            return f"({item} IN ({sql.strings(texts)}))" if texts else FALSE


def _like(piece: str | Wild) -> str:
    if isinstance(piece, Wild):
        return "%" if piece.many else "_"
    return re.sub(r"([%_\\])", r"\\\1", piece)


def _range(leaf: Range, value: str) -> Clause:
    parts = [f"({value} IS NOT NULL)"]
    if leaf.low is not None:
        parts.append(_side(leaf.low, ">" + "=" * leaf.with_low, value))
    if leaf.high is not None:
        parts.append(_side(leaf.high, "<" + "=" * leaf.with_high, value))
    return Clause(FALSE if FALSE in parts else sql.joined(parts, "AND"))


def _side(bound: Value, sign: str, value: str) -> str:
    if isinstance(bound, str):
        return (
            f"({folded(value)} {sign} {sql.string(fold(bound))})"
            if sql.is_storable(bound)
            else FALSE
        )
    limit = _evaluate.comparable(bound, Type.DOUBLE)
    if not isinstance(limit, int | float):
        return FALSE
    spelled = f"regexp_full_match({value}, {sql.string(_literal.DECIMAL)})"
    number = f"TRY_CAST({value} AS DOUBLE)"
    return f"(CASE WHEN {spelled} THEN {number} {sign} {sql.number(float(limit))} END)"


def _addresses(leaf: Equals | In, kind: Type, relation: Relation) -> Clause:
    """By address where the literal is one, by text where it is not."""
    texts = set(literals(leaf))
    twins = {found for text in texts if (found := _literal.twin(text)) is not None}
    spelled = tuple(sorted(text for text in texts if _literal.twin(text) is None))
    others = _column(In(leaf.field, spelled, leaf.cased), kind, relation)
    if not twins:
        return others
    column = twin(leaf.field)
    if kind.is_list or column not in relation.stored:
        return present(leaf.field, relation)._replace(exact=False)
    wanted = ", ".join(sql.blob(raw) for raw in sorted(twins))
    asked = f"({sql.name(column)} IN ({wanted}))"
    return Clause(asked if others.text == FALSE else f"({asked} OR {others.text})")


def _network(leaf: Cidr, kind: Type, relation: Relation) -> Clause:
    """One range on the twin; addresses in text columns are left to the evaluator."""
    column = twin(leaf.field)
    if kind is not Type.IP or column not in relation.stored:
        return present(leaf.field, relation)._replace(exact=False)
    span, value = _literal.span(leaf.network), sql.name(column)
    text = f"({value} BETWEEN {sql.blob(span.first)} AND {sql.blob(span.last)})"
    if not span.without_v4:
        return Clause(text)
    first, last = sql.blob(_literal.V4.first), sql.blob(_literal.V4.last)
    return Clause(f"({text} AND NOT {value} BETWEEN {first} AND {last})")


def present(name: str, relation: Relation) -> Clause:
    """The stored column holds something."""
    kind, value = relation.columns.type_of(name), relation.value(name)
    if kind is Type.MAP:
        return Clause(f"(list_count(map_values({value})) > 0)")
    if kind is not None and kind.is_list:
        return Clause(f"(list_count({value}) > 0)")
    return Clause(f"({value} IS NOT NULL)")

"""Filter trees in their shortest form, and what is left of them where columns are absent."""

from __future__ import annotations

from collections.abc import Iterable

from soc.where import EVERYTHING, NOTHING, All, Equals, In, Keyword, Not, Some, Value, Where


def simplify(where: Where) -> Where:
    """The same meaning: constants folded, nesting flattened, equalities of one field joined."""
    match where:
        case All(parts):
            return _all(_flat(All, (simplify(part) for part in parts)))
        case Some(parts):
            return _some(_flat(Some, (simplify(part) for part in parts)))
        case Not(part):
            return _not(simplify(part))
        case _:
            return where


def without(where: Where, absent: Iterable[str]) -> Where:
    """What is left of the tree where these columns hold nothing in any row."""
    return simplify(_cut(where, frozenset(absent)))


def _cut(where: Where, absent: frozenset[str]) -> Where:
    match where:
        case All(parts):
            return All(tuple(_cut(part, absent) for part in parts))
        case Some(parts):
            return Some(tuple(_cut(part, absent) for part in parts))
        case Not(part):
            return Not(_cut(part, absent))
        case Keyword():
            return where
        case _:
            return NOTHING if where.field in absent else where


def _flat(kind: type[All | Some], parts: Iterable[Where]) -> list[Where]:
    flat: list[Where] = []
    for part in parts:
        if isinstance(part, kind):
            flat.extend(part.parts)
        else:
            flat.append(part)
    return list(dict.fromkeys(flat))


def _all(parts: list[Where]) -> Where:
    if NOTHING in parts:
        return NOTHING
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _some(parts: list[Where]) -> Where:
    if EVERYTHING in parts:
        return EVERYTHING
    joined = _joined(parts)
    return joined[0] if len(joined) == 1 else Some(tuple(joined))


def _not(part: Where) -> Where:
    if isinstance(part, Not):
        return part.part
    if part == EVERYTHING:
        return NOTHING
    return EVERYTHING if part == NOTHING else Not(part)


def _joined(parts: list[Where]) -> list[Where]:
    """Two and more equalities of one field become one list, where the first of them stood."""
    values: dict[tuple[str, bool], list[Value]] = {}
    for part in parts:
        if isinstance(part, Equals):
            values.setdefault((part.field, part.cased), []).append(part.value)
    kept: list[Where] = []
    for part in parts:
        if not isinstance(part, Equals) or len(values[part.field, part.cased]) == 1:
            kept.append(part)
        elif part.value == values[part.field, part.cased][0]:
            kept.append(In(part.field, tuple(values[part.field, part.cased]), part.cased))
    return kept

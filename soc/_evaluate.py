"""The evaluator of ``soc.where`` over one event, and the reference of its meaning.

An event is a mapping of dotted names; a missing name and None are absent. Values are read by
the type of their *column*: a number column reads ``"443"`` as 443, a text column 443 as
``"443"``; a value that cannot be read so is absent. Beyond what ``soc.where`` says:

* ``Equals`` and ``In`` compare an address column by address where the literal is one, and by
  text where it is not; a number, date or truth column never equals a literal of another sort;
* ``Contains``, ``Prefix``, ``Suffix``, ``Glob`` and ``Regex`` see a number in decimal digits,
  a truth as ``true``, a date as ``2026-03-18T01:00:00.000000Z``;
* ``Range`` on text compares folded by code point where the bound is text, and by value where
  it is a number (only texts of plain decimal digits then match); addresses have no range;
* ``Cidr`` also reads addresses out of text columns;
* ``soc.other.<key>`` is the text under a key; the map itself, and ``Keyword``, ask any of its
  values; ``Keyword`` leaves ``event.id`` out;
* ``record.<kind>`` has no declared columns: each value is of the type that it has.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from soc import _literal
from soc._columns import EVENT_ID, RECORD_NUMBER, SOURCE_KEY, Columns, columns_of
from soc.errors import InputError, RuleError
from soc.fold import fold
from soc.schema import Type, event_id
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
    Prefix,
    Range,
    Regex,
    Some,
    Suffix,
    Value,
    Where,
    Wild,
    leaves,
)

Event = Mapping[str, object]
Predicate = Callable[[Event], bool]
Test = Callable[[Any], bool]  # of one value that is there, read by the type of its column

_Asks = Equals | In | Contains | Prefix | Suffix | Glob | Regex | Cidr | Range


def matches(where: Where, event: Event, dataset: str) -> bool:
    """True where the filter holds for the event; ``compile`` is faster for many events.

    Raises:
        RuleError: a pattern is no RE2, or a network is none.
        KeyError: no such dataset.
    """
    return compile(where, dataset)(event)


@lru_cache(maxsize=256)
def compile(where: Where, dataset: str) -> Predicate:
    """The filter as a function of an event; literals are folded and patterns compiled once.

    Raises:
        RuleError: a pattern is no RE2, or a network is none.
        KeyError: no such dataset.
    """
    return predicate(where, columns_of(dataset))


def check(where: Where, dataset: str) -> None:
    """Nothing, if every leaf can be asked of the dataset.

    Raises:
        RuleError: unknown column, a pattern that is no RE2, a network that is none.
        KeyError: no such dataset.
    """
    columns = columns_of(dataset)
    for leaf in leaves(where):
        name = getattr(leaf, "field", None)
        if name is not None and not columns.is_open and columns.type_of(name) is None:
            raise RuleError(f"{name}: no such column in dataset {dataset}: see the field table")
        predicate(leaf, columns)


def predicate(where: Where, columns: Columns) -> Predicate:
    """The filter as a function of an event that has these columns."""
    match where:
        case All(parts):
            return _every([predicate(part, columns) for part in parts])
        case Some(parts):
            return _any([predicate(part, columns) for part in parts])
        case Not(part):
            return _negated(predicate(part, columns))
        case Exists(name):
            read, is_twin = reader(name, columns), columns.type_of(name) is Type.TWIN
            return lambda event: not is_twin and any(True for _ in elements(read(event)))
        case Keyword():
            return _keyword(where, columns)
        case _:
            return _leaf(where, columns)


def _every(parts: list[Predicate]) -> Predicate:
    return lambda event: all(part(event) for part in parts)


def _any(parts: list[Predicate]) -> Predicate:
    return lambda event: any(part(event) for part in parts)


def _negated(part: Predicate) -> Predicate:
    return lambda event: not part(event)


def _keyword(where: Keyword, columns: Columns) -> Predicate:
    test = _text_test(where.text, where.cased, operator.contains)
    names = columns.texts()

    def asked(event: Event) -> bool:
        found = event.values() if columns.is_open else (event.get(name) for name in names)
        return any(isinstance(v, str) and test(v) for raw in found for v in elements(raw))

    return asked


def _leaf(leaf: _Asks, columns: Columns) -> Predicate:
    if columns.is_open:
        read, tests = reader(leaf.field, columns), {kind: _test(leaf, kind) for kind in _OF_VALUES}
        return lambda event: any(_holds(v, tests) for v in elements(read(event)))
    kind = columns.type_of(leaf.field) or Type.TWIN  # neither is ever compared
    test, found = _test(leaf, kind), values(leaf.field, columns)
    if test is None or kind is Type.TWIN:
        return lambda _event: False
    return lambda event: any(map(test, found(event)))


def values(name: str, columns: Columns) -> Callable[[Event], list[Any]]:
    """What an event holds under a name, each value read by the type of the column."""
    read = reader(name, columns)
    as_kind = _READ.get(columns.type_of(name) or Type.TWIN)
    if as_kind is not None:
        typed = as_kind
        return lambda event: [v for raw in elements(read(event)) if (v := typed(raw)) is not None]
    if columns.is_open or columns.type_of(name) is Type.TWIN:
        return lambda event: list(elements(read(event)))
    return lambda event: [_literal.text(raw) for raw in elements(read(event))]


_OF_VALUES = (Type.BOOLEAN, Type.LONG, Type.DOUBLE, Type.DATE, Type.KEYWORD)


def _holds(value: object, tests: Mapping[Type, Test | None]) -> bool:
    """One value of a record, by the type that it has."""
    kind = kind_of(value)
    test, read = tests[kind], _READ.get(kind, _literal.text)(value)
    return test is not None and read is not None and test(read)


def kind_of(value: object) -> Type:
    """The column type that one Python value belongs to; text where it is nothing else."""
    if isinstance(value, bool):
        return Type.BOOLEAN
    if isinstance(value, int):
        return Type.LONG
    if isinstance(value, float):
        return Type.DOUBLE
    return Type.DATE if isinstance(value, datetime) else Type.KEYWORD


_READ: Mapping[Type, Callable[[object], object | None]] = {
    Type.INTEGER: _literal.number,
    Type.LONG: _literal.number,
    Type.DOUBLE: _literal.number,
    Type.BOOLEAN: _literal.truth,
    Type.DATE: _literal.instant,
}


def reader(name: str, columns: Columns) -> Callable[[Event], object]:
    """What the event holds under a name: keys of maps and ``event.id`` are worked out."""
    if name == EVENT_ID and not columns.is_open:
        return _event_id
    place = None if name in columns.types else columns.map_of(name)
    if place is None:
        return lambda event: event.get(name)
    column, key = place
    return lambda event: as_map(event.get(column)).get(key)


def _event_id(event: Event) -> object:
    key, number = event.get(SOURCE_KEY), event.get(RECORD_NUMBER)
    if isinstance(key, int) and isinstance(number, int):
        return event_id(key, number)
    return event.get(EVENT_ID)


def as_map(raw: object) -> Mapping[str, object]:
    """A map column as read from Arrow (pairs) or given as a mapping."""
    if isinstance(raw, Mapping):
        return raw
    return dict(raw) if isinstance(raw, list | tuple) else {}


def elements(raw: object) -> Iterable[object]:
    """What a cell holds: nothing, one value, or those of a list or a map; never None."""
    if raw is None:
        return ()
    if isinstance(raw, Mapping):
        return [v for v in raw.values() if v is not None]
    if not isinstance(raw, list | tuple | set | frozenset):
        return (raw,)
    if raw and all(isinstance(pair, tuple) and len(pair) == 2 for pair in raw):
        return [v for _, v in raw if v is not None]
    return [v for v in raw if v is not None]


def _test(leaf: _Asks, kind: Type) -> Test | None:
    """What the leaf asks of one value of the type; None where it can never hold."""
    match leaf:
        case Equals(_, value, cased):
            return _equals((value,), cased, kind)
        case In(_, values, cased):
            return _equals(values, cased, kind)
        case Cidr(name, network):
            return _cidr(name, network, kind)
        case Range():
            return _range(leaf, kind)
        case Glob(name, pieces, cased):
            return glob(name, pieces, cased)
        case Regex(name, text):
            return _regex(name, text)
        case _:
            return _text_test(leaf.text, leaf.cased, _PLACE[type(leaf)])


_PLACE: Mapping[type, Callable[[str, str], bool]] = {
    Contains: operator.contains,
    Prefix: str.startswith,
    Suffix: str.endswith,
}


def _equals(values: tuple[Value, ...], cased: bool, kind: Type) -> Test | None:
    if kind in _READ:
        wanted = {comparable(value, kind) for value in values} - {None}
        return wanted.__contains__ if wanted else None
    texts = {_literal.text(value) for value in values}
    if not kind.is_address:
        return _among(texts, cased)
    twins = {_literal.twin(text) for text in texts} - {None}
    spelled = _among({text for text in texts if _literal.twin(text) is None}, cased)
    return lambda value: _literal.twin(value) in twins or spelled(value)


def comparable(literal: object, kind: Type) -> Any:
    """A literal as a number, date or truth column sees it; None where it is of another sort."""
    return _double(literal) if kind is Type.DOUBLE else _READ[kind](literal)


def _double(value: object) -> int | float | None:
    """A literal as a column of doubles sees it."""
    number = _literal.number(value)
    try:
        return None if number is None else _literal.number(float(number))
    except OverflowError:
        return None


def _among(texts: set[str], cased: bool) -> Test:
    if cased:
        return lambda value: _literal.text(value) in texts
    folded = {fold(text) for text in texts}
    return lambda value: fold(_literal.text(value)) in folded


def _text_test(text: str, cased: bool, asks: Callable[[str, str], bool]) -> Test:
    if cased:
        return lambda value: asks(_literal.text(value), text)
    folded = fold(text)
    return lambda value: asks(fold(_literal.text(value)), folded)


def glob(name: str, pieces: tuple[str | Wild, ...], cased: bool) -> Test:
    """A wildcard pattern as a test of one value.

    Raises:
        RuleError: too large, or not text that can be stored.
    """
    import re2

    def spelled(piece: str | Wild) -> str:
        if isinstance(piece, Wild):
            return ".*" if piece.many else "."
        return str(re2.escape(piece if cased else fold(piece)))

    found = pattern(name, "(?s)" + "".join(spelled(piece) for piece in pieces)).fullmatch
    if cased:
        return lambda value: found(_literal.text(value)) is not None
    return lambda value: found(fold(_literal.text(value))) is not None


def _regex(name: str, text: str) -> Test:
    search = pattern(name, text).search
    return lambda value: search(_literal.text(value)) is not None


def pattern(name: str, text: str) -> Any:
    """A compiled RE2 pattern, with the methods of ``re``.

    Raises:
        RuleError: RE2 does not take it.
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except (re2.error, UnicodeEncodeError) as refused:
        remedy = "write an RE2 pattern (no look-around, no back-references)"
        raise RuleError(f"{name}: pattern {text[:200]!r}: {refused}: {remedy}") from refused


def span(name: str, network: str) -> _literal.Span:
    """The range of a network in a rule.

    Raises:
        RuleError: not a network in canonical form.
    """
    try:
        return _literal.span(network)
    except InputError as refused:
        raise RuleError(f"{name}: {refused}") from refused


def _cidr(name: str, network: str, kind: Type) -> Test | None:
    found = span(name, network)
    if kind in _READ:
        return None

    def asked(value: object) -> bool:
        twin = _literal.twin(_literal.text(value))
        return twin is not None and found.holds(twin)

    return asked


def _range(leaf: Range, kind: Type) -> Test | None:
    if kind.is_address or kind is Type.BOOLEAN:
        return None
    low = _side(leaf.low, kind, operator.ge if leaf.with_low else operator.gt)
    high = _side(leaf.high, kind, operator.le if leaf.with_high else operator.lt)
    if low is None or high is None:
        return None
    return lambda value: low(value) and high(value)


def _side(bound: Value | None, kind: Type, within: Callable[[Any, Any], bool]) -> Test | None:
    """One bound of a range; None where no value of the type can lie within it."""
    if bound is None:
        return lambda _value: True
    if kind in _READ:
        limit = comparable(bound, kind)
        return None if limit is None else lambda value: within(value, limit)
    if isinstance(bound, str):
        folded = fold(bound)
        return lambda value: within(fold(_literal.text(value)), folded)
    limit = _double(bound)
    return None if limit is None else _decimal_side(limit, within)


def _decimal_side(limit: object, within: Callable[[Any, Any], bool]) -> Test:
    def asked(value: object) -> bool:
        number = _literal.decimal(_literal.text(value))
        return number is not None and within(number, limit)

    return asked

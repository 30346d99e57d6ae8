"""pySigma's condition tree as a filter tree of ours, for one dataset."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import re2
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.types import (
    CompareOperators,
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
)

from soc._columns import columns_of
from soc.errors import RuleError
from soc.schema import Field, Type
from soc.where import (
    MANY,
    ONE,
    All,
    Cidr,
    Contains,
    Equals,
    Exists,
    Glob,
    Keyword,
    Not,
    Prefix,
    Range,
    Regex,
    Some,
    Suffix,
    Where,
    Wild,
)

Piece = str | Wild
Placeholders = Mapping[str, Sequence[str]]  # name -> the values that stand for it
_WILD = {SpecialChars.WILDCARD_MULTI: MANY, SpecialChars.WILDCARD_SINGLE: ONE}
_EXPANSIONS = 10_000  # texts that one value with placeholders may stand for


@dataclass(frozen=True, slots=True)
class Mapper:
    """Maps condition trees for one dataset; names of fields are resolved by ``column``."""

    dataset: str
    column: Callable[[str], Field]  # Sigma name -> column; raises RuleError
    placeholders: Placeholders

    def where(self, node: Any) -> Where:
        """The filter tree that means the same.

        Raises:
            RuleError: something in it has no meaning here; the message says what.
        """
        match node:
            case ConditionAND():
                return All(tuple(self.where(arg) for arg in node.args))
            case ConditionOR():
                return Some(tuple(self.where(arg) for arg in node.args))
            case ConditionNOT():
                return Not(self.where(node.args[0]))
            case ConditionFieldEqualsValueExpression():
                return self._compare(node.field, node.value)
            case ConditionValueExpression():
                return self._keyword(node.value)
        raise RuleError("condition: it holds nothing: name at least one selection that exists")

    def _compare(self, name: str, value: Any) -> Where:
        field = self.column(name)
        match value:
            case SigmaString():
                return self._string(name, field, value)
            case SigmaExpansion():
                return Some(tuple(self._compare(name, each) for each in value.values))
            case SigmaRegularExpression():
                return Regex(field.name, _pattern(name, value))
            case SigmaNull():
                return Not(Exists(field.name))
            case SigmaExists():
                return Exists(field.name) if value.exists else Not(Exists(field.name))
            case SigmaCIDRExpression():
                return _cidr(name, field, str(value.network))
        return _plain(name, field, value)

    def _string(self, name: str, field: Field, value: SigmaString) -> Where:
        cased = isinstance(value, SigmaCasedString)
        texts = list(_texts(value, self.placeholders))
        parts = tuple(_text(name, field, pieces, cased) for pieces in texts)
        return parts[0] if len(parts) == 1 else Some(parts)

    def _keyword(self, value: Any) -> Where:
        match value:
            case SigmaExpansion():
                return Some(tuple(self._keyword(each) for each in value.values))
            case SigmaRegularExpression():
                pattern = _pattern("keyword", value)
                return Some(tuple(Regex(name, pattern) for name in self._text_columns()))
            case SigmaString():
                cased = isinstance(value, SigmaCasedString)
                texts = _texts(value, self.placeholders)
                return Some(tuple(self._occurs(pieces, cased) for pieces in texts))
            case SigmaNumber() if not isinstance(value, SigmaTimestampPart):
                return Keyword(str(value.number))
        raise RuleError(f"keyword: {_kind(value)}: only texts, numbers and patterns are searched")

    def _occurs(self, pieces: Sequence[Piece], cased: bool) -> Where:
        """Pieces somewhere in any text column; wildcards at the ends say nothing more."""
        inner = _stripped(pieces)
        match inner:
            case [] | [""]:
                raise RuleError("keyword: empty: it would match everything; write a text")
            case [str(text)]:
                return Keyword(text, cased)
        whole = (MANY, *inner, MANY)
        return Some(tuple(Glob(name, whole, cased) for name in self._text_columns()))

    def _text_columns(self) -> list[str]:
        return columns_of(self.dataset).texts()


def _plain(name: str, field: Field, value: Any) -> Where:
    match value:
        case SigmaCompareExpression():
            return _range(name, field, value)
        case SigmaTimestampPart():
            raise RuleError(f"{name}: parts of a time are not compared: use another modifier")
        case SigmaNumber():
            return Equals(field.name, value.number if field.type.is_number else str(value.number))
        case SigmaBool():
            is_flag = field.type is Type.BOOLEAN
            return Equals(field.name, value.boolean if is_flag else str(value.boolean).lower())
    raise RuleError(f"{name}: {_kind(value)} has no counterpart in the filter language")


def _text(name: str, field: Field, pieces: Sequence[Piece], cased: bool) -> Where:
    """Comparison of one column with literal texts and wildcards."""
    match list(pieces):
        case [] | [""]:
            return Equals(field.name, "", cased)
        case [str(text)]:
            return _equals(name, field, text, cased)
        case [Wild(many=True)]:
            return Exists(field.name)
        case [str(text), Wild(many=True)]:
            return Prefix(field.name, text, cased)
        case [Wild(many=True), str(text)]:
            return Suffix(field.name, text, cased)
        case [Wild(many=True), str(text), Wild(many=True)]:
            return Contains(field.name, text, cased)
    return Glob(field.name, tuple(pieces), cased)


def _equals(name: str, field: Field, text: str, cased: bool) -> Where:
    """Equality; an address equals another spelling of itself, and a network holds it."""
    if not field.type.is_address:
        return Equals(field.name, text, cased)
    try:
        network = ipaddress.ip_network(text)
        return Cidr(field.name, str(network)) if "/" in text else Equals(field.name, text)
    except ValueError as error:
        raise RuleError(f"{name}: {text!r} is no address: {field.name} holds addresses") from error


def _cidr(name: str, field: Field, network: str) -> Where:
    if not field.type.is_address:
        raise RuleError(f"{name}: cidr: {field.name} holds no addresses")
    return Cidr(field.name, network)


def _range(name: str, field: Field, value: SigmaCompareExpression) -> Where:
    if not (field.type.is_number or field.type.is_text):
        raise RuleError(f"{name}: lt, lte, gt, gte: {field.name} holds no numbers")
    number = value.number.number
    match value.op:
        case CompareOperators.LT:
            return Range(field.name, high=number, with_high=False)
        case CompareOperators.LTE:
            return Range(field.name, high=number)
        case CompareOperators.GT:
            return Range(field.name, low=number, with_low=False)
        case CompareOperators.GTE:
            return Range(field.name, low=number)
    return Not(Equals(field.name, number))


def _pattern(name: str, value: SigmaRegularExpression) -> str:
    """The RE2 pattern with its flags; pySigma itself accepts more than RE2 does."""
    if value.regexp.contains_placeholder():
        raise RuleError(f"{name}: re: placeholders inside a pattern are not filled: write it out")
    pattern = value.escape(escape_escape_char=False)
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        raise RuleError(f"{name}: re: {pattern!r}: RE2 refuses it ({_reason(error)})") from error
    return pattern


def _reason(error: Exception) -> str:
    told = error.args[0] if error.args else "not valid"
    return told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)


def _texts(value: SigmaString, placeholders: Placeholders) -> Iterator[list[Piece]]:
    """The texts that a value stands for: one, or one for each value of its placeholders."""
    choices = [_choices(part, placeholders) for part in value.s]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > _EXPANSIONS:
        raise RuleError(f"expand: one value stands for {count} texts: shorten the tables")
    for chosen in product(*choices):
        yield _merged(piece for pieces in chosen for piece in pieces)


def _choices(part: Any, placeholders: Placeholders) -> list[list[Piece]]:
    if isinstance(part, SpecialChars):
        return [[_WILD[part]]]
    if isinstance(part, str):
        return [[part]]
    name = part.name if isinstance(part, Placeholder) else str(part)
    values = placeholders.get(name)
    if not values:
        raise RuleError(f"expand: %{name}%: no table of this name: give it values in the settings")
    return [list(_literal(value)) for value in values]


def _literal(value: str) -> Iterator[Piece]:
    for part in SigmaString(value).s:
        yield part if isinstance(part, str) else _WILD[part]  # type: ignore[index]


def _merged(pieces: Iterator[Piece]) -> list[Piece]:
    merged: list[Piece] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if isinstance(piece, str) and isinstance(last, str):
            merged[-1] = last + piece
        elif not (piece == MANY and last == MANY):
            merged.append(piece)
    return merged


def _stripped(pieces: Sequence[Piece]) -> list[Piece]:
    inner = list(pieces)
    while inner and inner[0] == MANY:
        inner.pop(0)
    while inner and inner[-1] == MANY:
        inner.pop()
    return inner


def _kind(value: Any) -> str:
    return {"SigmaFieldReference": "fieldref"}.get(type(value).__name__, type(value).__name__)

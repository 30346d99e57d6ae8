"""Readers of JSON values, made once for each type from its annotations.

A reader takes what JSON gave and returns what the annotation says, or raises ``ValueError``
with the name of the field: what does not fit its type is never half a record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

Reader = Callable[[Any], Any]


@cache
def reader(annotation: Any) -> Reader:
    """The reader of one annotation.

    Raises:
        TypeError: an annotation that records may not use.
    """
    plain = _PLAIN.get(annotation)
    if plain is not None:
        return plain
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return _union(get_args(annotation))
    if origin is Literal:
        return _one_of(get_args(annotation))
    if origin is tuple and get_args(annotation)[1:] == (...,):
        return _many(get_args(annotation)[0])
    if origin is Mapping:
        return _mapping(get_args(annotation)[1])
    if is_dataclass(annotation):
        return _dataclass(annotation)
    raise TypeError(f"{annotation!r}: records hold no such values")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{value!r} is not a whole number")
    return value


def _number(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"{value!r} is not a number")
    return float(value)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def _nothing(value: Any) -> None:
    if value is not None:
        raise ValueError(f"{value!r} should be absent")


def _time(value: Any) -> datetime:
    return _moment(_text(value))


@lru_cache(maxsize=1_024)
def _moment(value: str) -> datetime:
    read = datetime.fromisoformat(value)
    if read.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone")
    return read.astimezone(UTC)


def _day(value: Any) -> date:
    return date.fromisoformat(_text(value))


_PLAIN: dict[Any, Reader] = {
    str: _text,
    int: _whole,
    float: _number,
    bool: _truth,
    NoneType: _nothing,
    datetime: _time,
    date: _day,
}


def _union(members: tuple[Any, ...]) -> Reader:
    """The first member that takes the value; whole numbers come before numbers."""
    others = [reader(member) for member in members if member is not NoneType]
    is_optional = len(others) < len(members)
    if is_optional and len(others) == 1:
        return _optional(others[0])

    def read(value: Any) -> Any:
        if value is None and is_optional:
            return None
        for take in others[:-1]:
            try:
                return take(value)
            except ValueError:
                continue
        return others[-1](value)

    return read


def _optional(take: Reader) -> Reader:
    def read(value: Any) -> Any:
        return None if value is None else take(value)

    return read


def _one_of(choices: tuple[Any, ...]) -> Reader:
    allowed = frozenset(choices)

    def read(value: Any) -> Any:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError(f"{value!r} is not one of {', '.join(map(str, choices))}")
        return value

    return read


def _many(item: Any) -> Reader:
    take = reader(item)

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValueError(f"{value!r} is not a list")
        return tuple(map(take, value))

    return read


def _mapping(item: Any) -> Reader:
    take = reader(item)

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValueError(f"{value!r} is not a table")
        return {key: take(each) for key, each in value.items()}

    return read


def _as_it_is(annotation: Any) -> Any:
    """The type whose values a field takes unchanged; None: its reader must look at each."""
    members = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else ()
    named = [member for member in members or (annotation,) if member is not NoneType]
    return named[0] if len(named) == 1 and named[0] in (str, int, bool, float) else None


def _dataclass(found: Any) -> Reader:
    hints = get_type_hints(found)
    takes = {
        each.name: (_as_it_is(hints[each.name]), reader(hints[each.name])) for each in fields(found)
    }

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError(f"{value!r} is not a table")
        held, name = {}, ""
        try:
            for name, each in value.items():
                type_, take = takes[name]
                held[name] = each if each.__class__ is type_ else take(each)
        except KeyError as error:
            raise ValueError(f"{name}: there is no such field") from error
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
        return found(**held)

    return read

"""Records of every kind, made from the annotations of their fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from soc.records import Record

_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=8),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    NoneType: st.none(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    date: st.dates(),
}


@cache
def made(annotation: Any) -> st.SearchStrategy[Any]:
    """Values of an annotation; few elements in a list."""
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return st.one_of([made(member) for member in arguments])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple:
        return st.lists(made(arguments[0]), max_size=2).map(tuple)
    if origin is Mapping:
        return st.dictionaries(st.text(max_size=5), made(arguments[1]), max_size=2)
    assert is_dataclass(annotation), annotation
    return _built(annotation)


def _built(found: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(found)
    parts = {each.name: made(hints[each.name]) for each in fields(found)}
    if issubclass(found, Record):
        parts["state"] = st.sampled_from(found.states)
    return st.builds(found, **parts)

"""Records as canonical JSON and back: the same record is the same bytes on every host.

Keys sorted, UTF-8, no white space; times in UTC with six digits of the second, so that their
text sorts as they do; what is absent (None, nothing in a list) is left out. ``kind`` and
``schema`` say what it is; an older schema is upgraded when it is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from math import isfinite
from typing import Any

import orjson

from soc.errors import StoreError
from soc.records import Record
from soc.records._decode import reader
from soc.records._registry import kind_of


def encode(record: Record) -> bytes:
    """The record as canonical JSON.

    Raises:
        StoreError: a value that JSON or the type cannot hold (a time without zone, NaN).
    """
    try:
        document = {"kind": record.kind, "schema": record.schema, **_document(record)}
        return orjson.dumps(document, default=_value, option=_OPTIONS)
    except (ValueError, TypeError) as error:
        raise StoreError(f"{record.kind} {record.id}: {error.__cause__ or error}") from error


def decode(kind: str, stored: bytes) -> Record:
    """The record that was encoded, in today's form.

    Raises:
        StoreError: not a record of this kind, or of a newer version of this program.
    """
    try:
        document: dict[str, Any] = orjson.loads(stored)
        return _record(kind_of(kind), document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"stored {kind}: {error}; restore it from a backup") from error


def comparable(stored: bytes) -> dict[str, Any]:
    """The stored document as a mapping, to compare two revisions field by field."""
    document: dict[str, Any] = orjson.loads(stored)
    return document


def canonical(document: Mapping[str, Any]) -> bytes:
    """Any mapping of JSON values and times as canonical JSON.

    Raises:
        TypeError: a value that JSON cannot hold.
    """
    return orjson.dumps(dict(document), default=_value, option=_OPTIONS)


_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def _record(found: type[Record], document: dict[str, Any]) -> Record:
    kind, schema = document.pop("kind"), document.pop("schema")
    if kind != found.kind:
        raise ValueError(f"holds a {kind}")
    if schema > found.schema:
        raise ValueError(f"schema {schema} is newer than {found.schema}: update the program")
    if schema < found.schema:
        document = found.upgrade(document, schema)
    annotation: Any = found
    record: Record = reader(annotation)(document)
    return record


def _document(value: Any) -> dict[str, Any]:
    """Fields that say something; what equals an absent default is left out."""
    document: dict[str, Any] = {}
    for name, is_optional in _fields(value.__class__):
        held = getattr(value, name)
        if held is None or held == ():
            if is_optional:
                continue
        elif held.__class__ not in _PLAIN:
            if is_optional and held == {}:
                continue
            _check_finite(name, held)
        document[name] = held
    return document


_PLAIN = frozenset({str, int, bool, tuple, datetime})


def _check_finite(name: str, held: Any) -> None:
    """JSON has no NaN, and orjson would write null."""
    for number in held.values() if isinstance(held, Mapping) else (held,):
        if isinstance(number, float) and not isfinite(number):
            raise ValueError(f"{name}: {number} is not a number")


@cache
def _fields(found: Any) -> tuple[tuple[str, bool], ...]:
    """Name of each field, and whether it is absent by default."""
    return tuple((f.name, f.default in (None, ()) or _makes_nothing(f)) for f in fields(found))


def _makes_nothing(field: Any) -> bool:
    return field.default_factory is not MISSING and not field.default_factory()


def _value(value: Any) -> Any:
    """What orjson does not know: times, days, parts of a record."""
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value.__class__, "__dataclass_fields__"):
        return _document(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{value!r} cannot be stored")


@lru_cache(maxsize=1_024)
def _time(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError(f"{value} has no time zone; give an aware time")
    utc = value.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="microseconds") + "Z"

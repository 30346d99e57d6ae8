"""A row of the log as a document, and back again.

The document is flat: dotted names as they are, absent values left out. Dates are ISO 8601 in
UTC with microseconds; twins and ``event.id`` are left out (they follow from other columns).
A value that the server cannot hold as it is makes its column *odd*: the name stands in
``soc.odd``, the value itself in ``soc.written``, which is not indexed, and under the name
stands what the server can hold of it. Odd are

* a double that is no number, infinite, or minus nought;
* an address in another spelling than the canonical one, or no address at all;
* a date before 1970 or after 2262-04-11, and an absent ``@timestamp`` (``event.ingested`` takes
  its place: a data stream wants one);
* a text of more than 8,191 characters;
* a map with an empty key, a NUL in a key, or more than 8,000 characters in a key and value.
"""

from __future__ import annotations

import base64
import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from struct import Struct
from typing import Any

from soc import _literal, net
from soc._columns import INGESTED, RECORD_NUMBER, SOURCE_KEY, VERSION
from soc.schema import TEXT_LIMIT, TWIN, Type, fields, of
from soc.store._elastic_names import ODD, ORIGIN_HOST, WRITTEN

AT = "@timestamp"
FIRST = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(2262, 4, 11, tzinfo=UTC)  # what nanoseconds in 64 bits hold
MAP_LIMIT = 8_000
_ID = Struct(">IIqq")  # event.ingested in seconds, origin, source key, record number

Fit = Callable[[Any], Any]


def identifier(row: Mapping[str, Any], origin: str) -> str:
    """``_id`` of a row: 32 characters, the same at every attempt, ordered by arrival."""
    ingested = int(row[INGESTED].timestamp()) & 0xFFFF_FFFF
    raw = _ID.pack(ingested, zlib.crc32(origin.encode()), row[SOURCE_KEY], row[RECORD_NUMBER])
    return base64.urlsafe_b64encode(raw).decode("ascii")


def document(row: Mapping[str, Any], dataset: str, origin: str, version: int) -> dict[str, Any]:
    """The document of a row as read from the log with ``to_pylist``."""
    found: dict[str, Any] = {ORIGIN_HOST: origin, VERSION: version}
    written: dict[str, Any] = {}
    for name, fit in _fits(dataset).items():
        value = row.get(name)
        if value is None:
            continue
        held = fit(value)
        if held is not value and not _is_same(held, value):
            written[name] = _plain(value)
        if held is not None:
            found[name] = held
    if AT not in found:
        written.setdefault(AT, None)
        found[AT] = _date(row[INGESTED])
    if written:
        found |= {ODD: sorted(written), WRITTEN: written}
    return found


def _is_same(held: Any, value: Any) -> bool:
    """Nothing is lost: only dates and maps are written in another form than they have."""
    if isinstance(value, datetime):
        return held is not None
    return bool(held == dict(value)) if isinstance(held, dict) else False


@cache
def _fits(dataset: str) -> dict[str, Fit]:
    """For each stored column what the server can hold of a value; None where nothing."""
    return {name: _FIT[f.type] for name, f in of(dataset).items() if not f.virtual}


def _as_is(value: Any) -> Any:
    return value


def _text(value: str) -> str | None:
    return value if len(value) <= TEXT_LIMIT else None


def _texts(values: list[str | None]) -> list[str | None] | None:
    return values if all(v is None or len(v) <= TEXT_LIMIT for v in values) else None


def _double(value: float) -> float | None:
    is_odd = not math.isfinite(value) or (value == 0 and math.copysign(1, value) < 0)
    return None if is_odd else value


def _date(value: datetime) -> str | None:
    at = value.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z" if FIRST <= at < END else None


def _address(value: str) -> str | None:
    twin = _literal.twin(value)
    if twin is None:
        return None
    canonical = net.untwin(twin)
    return value if value == canonical else canonical


def _addresses(values: list[str | None]) -> list[str] | list[str | None] | None:
    held = [_address(value) for value in values if value is not None]
    if [v for v in values if v is not None] == held:
        return values
    return [value for value in held if value is not None] or None


def _map(value: Any) -> dict[str, str] | None:
    pairs = dict(value)
    fits = all(
        key and "\0" not in key and len(key) + len(text or "") <= MAP_LIMIT
        for key, text in pairs.items()
    )
    return pairs if fits else None


_FIT: Mapping[Type, Fit] = {
    Type.KEYWORD: _text,
    Type.TEXT: _text,
    Type.KEYWORDS: _texts,
    Type.IP: _address,
    Type.IPS: _addresses,
    Type.DATE: _date,
    Type.INTEGER: _as_is,
    Type.LONG: _as_is,
    Type.DOUBLE: _double,
    Type.BOOLEAN: _as_is,
    Type.MAP: _map,
}


def _plain(value: Any) -> Any:
    """A value as JSON can carry it; fractions as text, for NaN is no JSON."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return dict(value)
    return value


def event(source: Mapping[str, Any], twins: Sequence[str] = ()) -> dict[str, Any]:
    """The columns of a row as the log has them, from a document; what is odd is put back.

    Dates are ISO 8601, maps are mappings; the named twins are worked out.
    """
    found = dict(source)
    is_odd = found.pop(ODD, ())
    if is_odd:
        found |= {name: _back(value, name) for name, value in found.pop(WRITTEN).items()}
    for twin in twins:
        text = found.get(twin.removeprefix(TWIN))
        found[twin] = _literal.twin(text) if isinstance(text, str) else None
    return found


def _back(value: Any, name: str) -> Any:
    is_fraction = isinstance(value, str) and fields()[name].type is Type.DOUBLE
    return float(value) if is_fraction else value

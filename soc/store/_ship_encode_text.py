"""Columns of text and of addresses as slots: each distinct text is written as JSON once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from soc import _literal, net
from soc.schema import TEXT_LIMIT
from soc.store._ship_encode_pieces import (
    Column,
    Index,
    Mask,
    absent,
    constant,
    each,
    framed,
    row_values,
    slot,
)

TEXT = pa.large_string()
_OCTET = "(?:[0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])"
_V4 = rf"^{_OCTET}(?:\.{_OCTET}){{3}}$"
CONTROL = {code: orjson.dumps(chr(code))[1:-1].decode() for code in range(0x20)}


def texts(key: bytes, column: pa.Array) -> Column:
    """Text; what is longer than the limit is the reference's."""
    values, index, gone = distinct(column)
    return _column(key, values, index, gone, too_long(values))


def addresses(key: bytes, column: pa.Array) -> Column:
    """Addresses; another spelling than the canonical one is the reference's."""
    values, index, gone = distinct(column)
    return _column(key, values, index, gone, not_canonical(values))


def _column(
    key: bytes, values: pa.Array, index: Index | None, gone: Mask | None, odd: Mask | None
) -> Column:
    table = framed(key + b'"', escaped(values), b'"')
    if index is None:
        return Column((each(pc.fill_null(table, b"")),), odd)
    slow = None if odd is None else odd[index] if gone is None else odd[index] & ~gone
    if len(table) == 1 and gone is None:
        return Column((constant(table[0].as_py()),), slow)
    return Column((slot(table, index, gone),), slow)


def distinct(column: pa.Array) -> tuple[pa.Array, Index | None, Mask | None]:
    """The texts that occur, which of them each row has, and the rows that have none.

    Without index: a text a row, null where there is none.
    """
    if not pa.types.is_dictionary(column.type):
        values = column.cast(TEXT)
        encoded = pc.dictionary_encode(values)
        if 2 * len(encoded.dictionary) > len(values):
            return values, None, None
        column = encoded
    gone = absent(column)
    index = row_values(column.indices, 0).astype(np.int32, copy=False)
    values = column.dictionary.cast(TEXT)
    if 4 * len(values) <= len(index):
        return values, index, gone
    used = np.zeros(len(values), np.bool_)
    used[index] = True
    places = np.cumsum(used, dtype=np.int32) - np.int32(1)
    return values.filter(pa.array(used)), places[index], gone


def escaped(values: pa.Array) -> pa.Array:
    """The texts (large_string) as they stand between quotes in JSON; null stays null."""
    octets = _octets(values)
    if (octets == 0x5C).any():
        values = pc.replace_substring(values, "\\", "\\\\")
    if (octets == 0x22).any():
        values = pc.replace_substring(values, '"', '\\"')
    if (octets < 0x20).any():
        values = _without_control(values)
    return values


def _octets(values: pa.Array) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The bytes of all texts, one behind the other."""
    _, offsets, data = values.buffers()
    if data is None or not len(values):
        return np.empty(0, np.uint8)
    ends = np.frombuffer(offsets, np.int64, values.offset + len(values) + 1)
    return np.frombuffer(data, np.uint8)[ends[values.offset] : ends[-1]]


def _without_control(values: pa.Array) -> pa.Array:
    """Quotes and backslashes are escaped already."""
    where = pc.fill_null(pc.match_substring_regex(values, r"[\x00-\x1f]"), False)
    found = [text.translate(CONTROL) for text in values.filter(where).to_pylist()]
    return pc.replace_with_mask(values, where, pa.array(found, TEXT))


def too_long(values: pa.Array) -> Mask | None:
    """Which texts have more characters than the limit; None where no one has."""
    longest = pc.max(pc.binary_length(values)).as_py()
    if longest is None or longest <= TEXT_LIMIT:
        return None
    return _mask(pc.greater(pc.utf8_length(values), TEXT_LIMIT))


def not_canonical(values: pa.Array) -> Mask | None:
    """Which texts are no address, or not in its canonical spelling; None where all are."""
    good = pc.match_substring_regex(values, _V4)
    others = values.filter(pc.invert(pc.fill_null(good, True)))
    if not len(others):
        return None
    told = pa.array([_is_canonical(text) for text in others.to_pylist()], pa.bool_())
    good = pc.replace_with_mask(good, pc.invert(pc.fill_null(good, True)), told)
    return _mask(pc.invert(good))


@lru_cache(maxsize=1 << 17)
def _is_canonical(text: str) -> bool:
    twin = _literal.twin(text)
    return twin is not None and net.untwin(twin) == text


def _mask(found: pa.Array) -> Mask | None:
    """None where nothing is true; null is not."""
    if not pc.any(found).as_py():
        return None
    return np.asarray(pc.fill_null(found, False).to_numpy(zero_copy_only=False))

"""Columns of addresses between text and 16-byte twins, by distinct values."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from soc import _net_spell

_MAPPED = bytes(10) + b"\xff\xff"


def twins(array: pa.Array) -> pa.Array:
    """``soc.net.twins``."""
    encoded = _encoded(array)
    found = [_twin(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(found, pa.binary()).take(encoded.indices)


def texts(array: pa.Array) -> pa.DictionaryArray:
    """``soc.net.texts``."""
    encoded = _encoded(array)
    found = [None if raw is None else _text(raw) for raw in encoded.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(encoded.indices, pa.array(found, pa.string()))


def _encoded(array: pa.Array) -> pa.DictionaryArray:
    return array if pa.types.is_dictionary(array.type) else pc.dictionary_encode(array)


def _twin(text: str | None) -> bytes | None:
    raw = None if text is None else _net_spell.packed(text)
    return _MAPPED + raw if raw is not None and len(raw) == 4 else raw


def _text(raw: bytes) -> str:
    value = int.from_bytes(raw, "big")
    if value >> 32 == _net_spell.MAPPED:
        return _net_spell.spelled4(value & 0xFFFF_FFFF)
    return _net_spell.spelled6(value)

"""Columns of lists and of maps as slots: a text a row, made of the texts inside."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from soc.store._elastic_document import MAP_LIMIT
from soc.store._ship_encode_pieces import Column, Mask, each, framed
from soc.store._ship_encode_text import TEXT, escaped, not_canonical, too_long

Offsets = npt.NDArray[np.int64]


def text_lists(key: bytes, column: pa.Array) -> Column:
    """Lists of texts; those with one above the limit are the reference's."""
    return _lists(key, column, too_long)


def address_lists(key: bytes, column: pa.Array) -> Column:
    """Lists of addresses; those with one in another spelling are the reference's."""
    return _lists(key, column, not_canonical)


def _lists(key: bytes, column: pa.Array, is_odd: Callable[[pa.Array], Mask | None]) -> Column:
    offsets = _offsets(column)
    values = column.values[offsets[0] : offsets[-1]].cast(TEXT)
    table = _rows(key + b"[", offsets, _quoted(values), b"]", column)
    odd = is_odd(values)
    return Column((each(table),), None if odd is None else _of_rows(odd, offsets))


def maps(key: bytes, column: pa.Array) -> Column:
    """Maps of texts; what the server cannot hold, and a key that is met twice: the reference."""
    offsets = _offsets(column)
    keys = column.keys[offsets[0] : offsets[-1]].cast(TEXT)
    items = column.items[offsets[0] : offsets[-1]].cast(TEXT)
    parts = _text('"'), escaped(keys), _text('":'), _quoted(items), _text("")
    named = pc.binary_join_element_wise(*parts)
    table = _rows(key + b"{", offsets, named, b"}", column)
    slow = _of_rows(_is_odd(keys, items), offsets) | _is_repeated(keys, offsets)
    return Column((each(table),), slow if slow.any() else None)


def _offsets(column: pa.Array) -> Offsets:
    return np.asarray(column.offsets.to_numpy()).astype(np.int64)


def _text(text: str) -> pa.Scalar:
    return pa.scalar(text, TEXT)


def _quoted(values: pa.Array) -> pa.Array:
    """Each text as JSON, null as ``null``."""
    quoted = pc.binary_join_element_wise(_text('"'), escaped(values), _text('"'), _text(""))
    return pc.fill_null(quoted, "null")


def _rows(
    before: bytes, offsets: Offsets, values: pa.Array, after: bytes, of: pa.Array
) -> pa.Array:
    """The values of each row with commas between, framed; nothing where the column is null."""
    lists = pa.LargeListArray.from_arrays(pa.array(offsets - offsets[0]), values)
    table = framed(before, pc.binary_join(lists, _text(",")), after)
    return pc.if_else(of.is_null(), b"", table) if of.null_count else table


def _of_rows(odd: Mask, offsets: Offsets) -> Mask:
    """The rows that have an odd element."""
    counts = np.concatenate([[0], np.cumsum(odd)])
    within = offsets - offsets[0]
    return np.asarray(counts[within[1:]] > counts[within[:-1]])


def _is_odd(keys: pa.Array, items: pa.Array) -> Mask:
    lengths = pc.add(pc.utf8_length(keys), pc.fill_null(pc.utf8_length(items), 0))
    odd = pc.or_(pc.greater(lengths, MAP_LIMIT), pc.equal(pc.utf8_length(keys), 0))
    odd = pc.or_(odd, pc.match_substring(keys, "\0"))
    return np.asarray(odd.to_numpy(zero_copy_only=False))


def _is_repeated(keys: pa.Array, offsets: Offsets) -> Mask:
    """The rows in which a key is met twice."""
    rows = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    encoded = pc.dictionary_encode(keys)
    found = np.zeros(len(offsets) - 1, np.bool_)
    codes = rows * len(encoded.dictionary) + encoded.indices.to_numpy()
    ordered = np.sort(codes)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    found[twice // max(1, len(encoded.dictionary))] = True
    return found

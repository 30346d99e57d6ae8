"""Columns of numbers and truths as slots.

A whole number is cut into groups of four digits: the first group carries the name of the
column, the others come from a table that every column shares.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from soc.store._ship_encode_pieces import (
    Column,
    Mask,
    Slot,
    absent,
    constant,
    framed,
    nothing,
    pieces,
    row_values,
    slot,
)

RADIX = 10_000
NOTHING = 2 * RADIX  # in the table of groups: first those of four digits, then those without
DIRECT = 4_096  # numbers in so narrow a span have a table of their own


@cache
def groups() -> pa.Array:
    """``0000`` to ``9999``, then ``0`` to ``9999``, then nothing."""
    padded = [b"%04d" % number for number in range(RADIX)]
    return pieces([*padded, *(b"%d" % number for number in range(RADIX)), b""])


def integers(key: bytes, column: pa.Array) -> Column:
    """Whole numbers of 32 or 64 bits, some of them there."""
    ends = pc.min_max(column)
    low, high = ends["min"].as_py(), ends["max"].as_py()
    if low == high and not column.null_count:
        return Column((constant(key + b"%d" % low),))
    values, gone = row_values(column, low), absent(column)
    if high - low < DIRECT:
        return Column((_direct(key, values - low, (low, high), gone),))
    if low < 0:
        return Column((_distinct(key, column, gone),))
    if high < 1 << 31:
        values = values.astype(np.int32, copy=False)
    return Column(tuple(_grouped(key, values, high, gone)))


def _direct(key: bytes, index: npt.NDArray[Any], span: tuple[int, int], gone: Mask | None) -> Slot:
    return slot(framed(key, _digits(*span)), index.astype(np.int32), gone)


def _digits(low: int, high: int) -> pa.Array:
    """The numbers from the one to the other, both in."""
    if low >= 0 and high < RADIX:
        return groups()[RADIX + low : RADIX + high + 1]
    numbers = np.arange(high - low + 1) + np.int64(low)
    return pa.array(numbers).cast(pa.large_string()).cast(pa.large_binary())


def _distinct(key: bytes, column: pa.Array, gone: Mask | None) -> Slot:
    """Each distinct number is written once."""
    encoded = pc.dictionary_encode(column)
    table = framed(key, encoded.dictionary.cast(pa.string()))
    return slot(table, row_values(encoded.indices, 0), gone)


def _grouped(key: bytes, values: npt.NDArray[Any], high: int, gone: Mask | None) -> list[Slot]:
    """Numbers from nought up, by groups of four digits."""
    rest: list[Slot] = []
    while high >= DIRECT:
        high //= RADIX
        upper = values // RADIX
        rest.insert(0, _group(values, upper, gone, is_last=not rest))
        values = upper
    table = framed(key, pa.concat_arrays([nothing(), _digits(1, high)]))
    return [slot(table, values.astype(np.int32, copy=False), gone), *rest]


def _group(
    values: npt.NDArray[Any], upper: npt.NDArray[Any], gone: Mask | None, is_last: bool
) -> Slot:
    """The lowest four digits: all of them after others, else without noughts in front."""
    index = (values - upper * RADIX).astype(np.int32, copy=False)
    first = upper == 0
    index += first * np.int32(RADIX)
    if not is_last:
        index[values == 0] = NOTHING
    if gone is not None:
        index[gone] = NOTHING
    return Slot(groups(), index)


def doubles(key: bytes, column: pa.Array) -> Column:
    """Fractions, as orjson writes them; not finite and minus nought are the reference's."""
    bits = pc.dictionary_encode(column.view(pa.int64()))
    distinct = np.asarray(bits.dictionary.view(pa.float64()).to_numpy())
    is_odd = ~np.isfinite(distinct) | ((distinct == 0) & np.signbit(distinct))
    written = orjson.dumps(np.where(is_odd, 0.5, distinct), option=orjson.OPT_SERIALIZE_NUMPY)
    table = framed(key, pieces(written[1:-1].split(b",")))
    index, gone = row_values(bits.indices, 0), absent(column)
    slow = is_odd[index] if is_odd.any() else None
    if slow is not None and gone is not None:
        slow &= ~gone
    return Column((slot(table, index, gone),), slow)


def truths(key: bytes, column: pa.Array) -> Column:
    """``true`` and ``false``."""
    table = pieces([key + b"false", key + b"true"])
    index = row_values(column.cast(pa.int8()), 0).astype(np.int32)
    return Column((slot(table, index, absent(column)),))

"""Columns of times as slots: ISO 8601 in UTC with microseconds.

A time is its minute, which carries the name of the column, its milliseconds in that minute, and
the microseconds after them; the last are the same in every row where the clock is no finer.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from soc.store._elastic_document import END, FIRST
from soc.store._ship_encode_pieces import (
    Column,
    Index,
    Mask,
    Slot,
    absent,
    constant,
    pieces,
    row_values,
    with_nothing,
)

MINUTE_US = 60_000_000
MILLIS = 60_000  # in a minute
END_US = int((END - FIRST).total_seconds()) * 1_000_000

Times = npt.NDArray[np.int64]


@cache
def millis(tail: bytes) -> pa.Array:
    """``00.000`` to ``59.999``, then nothing."""
    texts = (b"%02d.%03d" % divmod(milli, 1_000) + tail for milli in range(MILLIS))
    return pieces([*texts, b""])


@cache
def micros() -> pa.Array:
    """The last three digits and the end of a time, then nothing."""
    return pieces([*(b'%03dZ"' % micro for micro in range(1_000)), b""])


def dates(key: bytes, column: pa.Array) -> Column:
    """Times in microseconds; those that the server cannot hold are the reference's."""
    numbers = column.view(pa.int64())
    ends = pc.min_max(numbers)
    low, high = ends["min"].as_py(), ends["max"].as_py()
    times, gone = row_values(numbers, min(max(low, 0), END_US - 1)), absent(column)
    slow: Mask | None = None
    if low < 0 or high >= END_US:
        slow = (times < 0) | (times >= END_US)
        times = np.clip(times, 0, END_US - 1)
    if low == high and gone is None:
        return Column((constant(_spelled(key, int(times[0]))),), slow)
    return Column(_slots(key, times, gone), slow)


def _spelled(key: bytes, time_us: int) -> bytes:
    text = np.datetime_as_string(np.datetime64(time_us, "us"), unit="us")
    return key + b'"' + str(text).encode() + b'Z"'


def _slots(key: bytes, times: Times, gone: Mask | None) -> tuple[Slot, ...]:
    minute = times // MINUTE_US
    within = (times - minute * MINUTE_US).astype(np.int32)
    milli = within // 1_000
    micro = within - milli * 1_000
    head = _minutes(key, minute, gone)
    if micro.any():
        return head, _late(millis(b""), milli, gone), _late(micros(), micro, gone)
    return head, _late(millis(b'000Z"'), milli, gone)


def _late(table: pa.Array, index: Index, gone: Mask | None) -> Slot:
    """A slot behind the first: empty where the time is absent; the table's last piece is."""
    if gone is not None:
        index[gone] = len(table) - 1
    return Slot(table, index)


def _minutes(key: bytes, minute: Times, gone: Mask | None) -> Slot:
    """The minutes that occur, or all between the first and the last where these are few."""
    low, high = int(minute.min()), int(minute.max())
    index: npt.NDArray[Any]
    if high - low <= max(1_024, len(minute) // 8):
        found, index = np.arange(low, high + 1), minute - low
    else:
        found, index = np.unique(minute, return_inverse=True)
    texts = np.datetime_as_string(found.astype("datetime64[m]")).tolist()
    table = pieces([key + b'"' + text.encode() + b":" for text in texts])
    index = index.astype(np.int32)
    if gone is None:
        return Slot(table, index)
    index[gone] = len(table)
    return Slot(with_nothing(table), index)

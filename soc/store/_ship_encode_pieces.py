"""Rows written from pieces: each slot of a row names one piece of a table, Arrow joins them.

A *slot* is a place in every row. Its table holds the few texts that can stand there, its index
says which of them does in each row. All tables stand behind each other, all indices side by
side, row by row; gathering the pieces in that order gives the bytes of all rows in one go, with
no loop over rows and nothing to separate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Index = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

BLOCK_ROWS = 4_096  # rows whose indices are laid side by side while they are in the cache


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in each row: which piece of the table (large_binary) stands there."""

    table: pa.Array
    index: Index | None = None  # None: the table's only piece, in each row


@dataclass(frozen=True, slots=True)
class Column:
    """A column as slots, and the rows whose value the reference has to write."""

    slots: tuple[Slot, ...]
    slow: Mask | None = None  # None: no row


def constant(text: bytes) -> Slot:
    """The same text in each row."""
    return Slot(pieces([text]))


def each(table: pa.Array) -> Slot:
    """A piece of its own for each row."""
    return Slot(table, np.arange(len(table), dtype=np.int32))


def pieces(texts: Sequence[bytes]) -> pa.Array:
    """A table of these pieces."""
    return pa.array(texts, pa.large_binary())


def framed(before: bytes, texts: pa.Array, after: bytes = b"") -> pa.Array:
    """The texts as a table of pieces, each between the same bytes; null stays null."""
    kind = pa.large_binary()
    ends = pa.scalar(before, kind), pa.scalar(after, kind), pa.scalar(b"", kind)
    return pc.binary_join_element_wise(ends[0], texts.cast(kind), ends[1], ends[2])


@cache
def nothing() -> pa.Array:
    """The table with the empty piece."""
    return pieces([b""])


def slot(table: pa.Array, index: Index, gone: Mask | None) -> Slot:
    """A slot whose piece is empty where the value is absent."""
    if gone is None:
        return Slot(table, index)
    return Slot(with_nothing(table), np.where(gone, np.int32(len(table)), index))


def with_nothing(table: pa.Array) -> pa.Array:
    """The table with the empty piece as its last."""
    return pa.concat_arrays([table, nothing()])


def absent(column: pa.Array) -> Mask | None:
    """The rows without a value; None where there is none such."""
    if not column.null_count:
        return None
    return np.asarray(column.is_null().to_numpy(zero_copy_only=False))


def row_values(column: pa.Array, instead: int) -> npt.NDArray[Any]:
    """A column of numbers as NumPy; ``instead`` stands where there is none."""
    if column.null_count:
        column = pc.fill_null(column, pa.scalar(instead, column.type))
    return np.asarray(column.to_numpy(zero_copy_only=False))


@dataclass(frozen=True, slots=True)
class Replaced:
    """Rows that are written from one piece, whatever their slots say."""

    rows: npt.NDArray[np.int64]
    table: pa.Array  # a piece for each of these rows
    slot: int  # where it stands; every later slot is empty


def joined(
    slots: Sequence[Slot], count: int, replaced: Replaced | None = None
) -> tuple[pa.Buffer, npt.NDArray[np.int64]]:
    """The bytes of ``count`` rows, and where each row begins and the last one ends."""
    tables, starts = _stacked([*(slot.table for slot in slots), nothing(), *_more(replaced)])
    width = len(slots)
    order = np.empty((count, width), np.int32)
    for begin in range(0, count, BLOCK_ROWS):
        _lay(order[begin : begin + BLOCK_ROWS], slots, starts, begin)
    if replaced is not None:
        order[replaced.rows, replaced.slot :] = starts[width]
        order[replaced.rows, replaced.slot] = starts[width + 1] + np.arange(len(replaced.table))
    found = pc.take(tables, pa.array(order.reshape(-1)), boundscheck=False)
    _, offsets, data = found.buffers()
    ends = np.frombuffer(offsets, np.int64, count * width + 1)[::width].copy()
    return data, ends


def _more(replaced: Replaced | None) -> list[pa.Array]:
    return [] if replaced is None else [replaced.table]


def _stacked(tables: Sequence[pa.Array]) -> tuple[pa.Array, list[int]]:
    """All tables behind each other, a shared one once, and where each begins."""
    begins: dict[int, int] = {}
    distinct: list[pa.Array] = []
    total = 0
    for table in tables:
        if id(table) not in begins:
            begins[id(table)] = total
            distinct.append(table)
            total += len(table)
    return pa.concat_arrays(distinct), [begins[id(table)] for table in tables]


def _lay(block: Index, slots: Sequence[Slot], starts: Sequence[int], begin: int) -> None:
    """The indices of some rows, from row ``begin`` on, side by side."""
    rows = len(block)
    lines = np.empty((len(slots), rows), np.int32)
    for line, slot, start in zip(lines, slots, starts, strict=False):
        if slot.index is None:
            line[:] = start
        else:
            np.add(slot.index[begin : begin + rows], np.int32(start), out=line)
    block[:] = lines.T

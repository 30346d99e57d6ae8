"""The records of one layout in one batch, and typed reading of their fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from collectors import _netflow_lockstep as lockstep
from collectors._netflow_layout import Column, Key, Layout, offsets
from soc.ipfix import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

Ints = npt.NDArray[np.int64]
Octets = npt.NDArray[np.uint8]
_NUMBERS = {Kind.UNSIGNED, Kind.SIGNED, Kind.BOOLEAN, Kind.MAC} | {
    Kind.SECONDS,
    Kind.MILLISECONDS,
}


@dataclass(frozen=True, eq=False)
class Records:
    """Rows of one layout in wire order; ``counts`` tells how many each set gave."""

    layout: Layout
    counts: Ints  # a set
    runs: tuple[npt.NDArray[np.void], ...]  # a row, per run of fixed fields
    variables: tuple[tuple[Ints, Ints], ...]  # a row, per variable field: offset, length
    buffer: bytes
    broken: Ints  # sets whose last record did not fit

    def __len__(self) -> int:
        return int(self.counts.sum())

    def has(self, *keys: Key) -> bool:
        return any(key in self.layout.first for key in keys)

    def number(self, *keys: Key) -> Ints | None:
        """Values of the first of these elements that the layout has; None where it has none.

        A value above the signed 64-bit maximum is that maximum.
        """
        for key in keys:
            index = self.layout.first.get(key)
            if index is not None and _is_number(self.layout.columns[index]):
                return self.value(index)
        return None

    def small(self, *keys: Key) -> npt.NDArray[Any] | None:
        """As ``number``, but no wider than the field where that has one, two or four octets."""
        for key in keys:
            index = self.layout.first.get(key)
            if index is not None and _is_number(self.layout.columns[index]):
                raw = self.fixed(index)
                if raw.dtype.itemsize < 8 and raw.dtype.kind == "u" and raw.ndim == 1:
                    return raw.astype(raw.dtype.newbyteorder("="))
                return self.value(index)
        return None

    def value(self, index: int) -> Ints:
        """A numeric column as signed 64 bit."""
        column = self.layout.columns[index]
        raw = self.fixed(index)
        if column.kind is Kind.SIGNED:
            return _signed(raw)
        if raw.ndim == 2:
            raw = _widened(raw)
        if raw.dtype.itemsize < 8:
            return raw.astype(np.int64)
        value: Ints = raw.astype(np.uint64).view(np.int64)
        if len(value) and value.min() < 0:
            value = np.where(value < 0, np.iinfo(np.int64).max, value)
        return value

    def fixed(self, index: int) -> npt.NDArray[Any]:
        """A fixed column as it lies on the wire: big-endian numbers, or rows of octets."""
        column = self.layout.columns[index]
        found: npt.NDArray[Any] = self.runs[column.run][column.label]
        return found

    def variable(self, index: int) -> tuple[Ints, Ints]:
        """Offsets into ``buffer`` and lengths of a variable column."""
        return self.variables[self.layout.columns[index].run]

    def address(self, key: Key) -> npt.NDArray[Any] | None:
        """IPv4 addresses as big-endian numbers, or IPv6 as rows of 16 octets; None: absent."""
        index = self.layout.first.get(key)
        if index is None or self.layout.columns[index].kind not in (Kind.IPV4, Kind.IPV6):
            return None
        return self.fixed(index)


def _is_number(column: Column) -> bool:
    return column.kind in _NUMBERS and not column.is_variable


def _widened(raw: Octets) -> npt.NDArray[Any]:
    """Odd widths (RFC 7011, section 6.2) as big-endian numbers of eight octets."""
    wide = np.zeros((len(raw), 8), np.uint8)
    wide[:, 8 - raw.shape[1] :] = raw
    return wide.view(">u8")[:, 0]


def _signed(raw: npt.NDArray[Any]) -> Ints:
    if raw.ndim == 2:
        width = 8 * raw.shape[1]
        wide: Ints = _widened(raw).astype(np.int64)
        narrow: Ints = (wide << (64 - width)) >> (64 - width)
        return narrow
    value: Ints = raw.view(f">i{raw.dtype.itemsize}").astype(np.int64)
    return value


def read(layout: Layout, pieces: Sequence[bytes]) -> Records:
    """The records of all sets of one layout; of a fixed one without any padding."""
    buffer = b"".join(pieces)
    lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))
    if layout.is_fixed:
        rows = np.frombuffer(buffer, layout.runs[0])
        counts = lengths // layout.runs[0].itemsize
        return Records(layout, counts, (rows,), (), buffer, np.empty(0, np.int64))
    edges = offsets(lengths)
    found = lockstep.find(buffer, edges[:-1], edges[1:], layout)
    counts = np.bincount(found.owner, minlength=len(pieces)).astype(np.int64)
    runs = tuple(
        lockstep.gathered(buffer, begins, dtype)
        for begins, dtype in zip(found.runs, layout.runs, strict=True)
    )
    return Records(layout, counts, runs, found.variables, buffer, found.broken)

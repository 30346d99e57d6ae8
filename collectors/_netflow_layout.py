"""A template compiled: where each of its fields lies in a record, as NumPy sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from collectors._netflow_wire import Spec
from soc.ipfix import VARIABLE, Kind, element

if TYPE_CHECKING:
    import numpy.typing as npt

Key = tuple[int, int]  # enterprise, number

# What exporters of version 9 (Cisco ASA) send under numbers of their own.
_ALIASES_V9 = {40001: 225, 40002: 226, 40003: 227, 40004: 228, 40005: 233}
_NUMERIC = {Kind.UNSIGNED, Kind.SIGNED, Kind.FLOAT, Kind.BOOLEAN, Kind.IPV4} | {
    Kind.SECONDS,
    Kind.MILLISECONDS,
    Kind.MICROSECONDS,
    Kind.NANOSECONDS,
}
_NATIVE = {1: "u1", 2: ">u2", 4: ">u4", 8: ">u8"}


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a layout."""

    key: Key
    kind: Kind
    length: int  # octets; 65,535: variable
    run: int  # which run of fixed fields holds it, or ends before it
    label: str  # its name in the dtype of the run

    @property
    def is_variable(self) -> bool:
        return self.length == VARIABLE


@dataclass(frozen=True, eq=False)
class Layout:
    """A record layout: runs of fixed fields with one variable field between each two.

    ``eq`` is identity: equal templates are compiled once, see ``compiled``.
    """

    version: int
    columns: tuple[Column, ...]
    runs: tuple[np.dtype[np.void], ...]  # one more than there are variable fields
    scopes: int
    first: dict[Key, int] = field(default_factory=dict)  # first column of each element

    @property
    def is_fixed(self) -> bool:
        return len(self.runs) == 1

    @cached_property
    def least(self) -> int:
        """Octets of the shortest record: a variable field takes at least its length octet."""
        return sum(run.itemsize for run in self.runs) + len(self.runs) - 1


@lru_cache(maxsize=4_096)
def compiled(version: int, specs: tuple[Spec, ...], scopes: int) -> Layout:
    """The layout of a template; fields of length 0 take no place and are left out."""
    columns: list[Column] = []
    runs: list[list[tuple[str, Any]]] = [[]]
    for spec in specs:
        if spec.length == 0:
            continue
        column = _column(version, spec, len(runs) - 1, f"f{len(columns)}")
        columns.append(column)
        if column.is_variable:
            runs.append([])
        else:
            runs[-1].append((column.label, _dtype(column.kind, column.length)))
    first: dict[Key, int] = {}
    for index, column in enumerate(columns):
        first.setdefault(column.key, index)
    return Layout(version, tuple(columns), tuple(np.dtype(run) for run in runs), scopes, first)


def _column(version: int, spec: Spec, run: int, label: str) -> Column:
    number = _ALIASES_V9.get(spec.number, spec.number) if version == 9 else spec.number
    known = element(number, spec.enterprise) if spec.enterprise >= 0 else None
    kind = known.kind if known else Kind.UNSIGNED if spec.enterprise < 0 else Kind.OCTETS
    if not _fits(kind, spec.length):
        kind = Kind.OCTETS
    return Column((spec.enterprise, number), kind, spec.length, run, label)


def _fits(kind: Kind, length: int) -> bool:
    """False where the element cannot have that length; it is kept as plain octets then."""
    if kind in (Kind.TEXT, Kind.OCTETS, Kind.LIST):
        return True
    exact: dict[Kind, tuple[int, ...]] = {
        Kind.IPV4: (4,),
        Kind.IPV6: (16,),
        Kind.MAC: (6,),
        Kind.BOOLEAN: (1,),
    }
    exact |= {Kind.FLOAT: (4, 8), Kind.MICROSECONDS: (8,), Kind.NANOSECONDS: (8,)}
    return length in exact[kind] if kind in exact else length <= 8


def _dtype(kind: Kind, length: int) -> Any:
    if kind is Kind.FLOAT:
        return f">f{length}"
    if kind in _NUMERIC and length in _NATIVE:
        return _NATIVE[length]
    return ("u1", (length,))


def offsets(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Where each of consecutive pieces begins, and where the last ends."""
    ends = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=ends[1:])
    return ends

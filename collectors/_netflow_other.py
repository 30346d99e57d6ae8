"""Fields that have no column: ``soc.other``, a map from element name to text.

Zero and empty say nothing and are left out. Structured data (RFC 6313) is skipped.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from collectors._netflow_columns import placed
from collectors._netflow_layout import Column, Layout, offsets
from collectors._netflow_records import Records
from collectors._netflow_text import validity
from soc.ipfix import Kind, name
from soc.schema import TEXT_LIMIT

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Entry:
    """Values of one element, on some of a layout's rows."""

    name: str
    rows: Ints
    texts: Any  # as long as rows
    cut: bool = False  # some text was longer than the limit


def entries(records: Records) -> tuple[Entry, ...]:
    """Values of every field without a column, as text."""
    found = []
    for index, label in unplaced(records.layout):
        entry = _entry(records, index, label)
        if entry is not None and len(entry.rows):
            found.append(entry)
    return tuple(found)


@lru_cache(maxsize=4_096)
def unplaced(layout: Layout) -> list[tuple[int, str]]:
    """Fields without a column, and what to call them: a repeated element gets a number."""
    known = placed(layout)
    seen: dict[str, int] = {}
    found = []
    for index, column in enumerate(layout.columns):
        if column.kind is Kind.LIST or _is_placed(layout, index, column, known):
            continue
        enterprise, number = column.key
        label = name(number, enterprise) if enterprise >= 0 else f"scope{number}"
        seen[label] = seen.get(label, 0) + 1
        found.append((index, label if seen[label] == 1 else f"{label}_{seen[label]}"))
    return found


def _is_placed(
    layout: Layout, index: int, column: Column, known: frozenset[tuple[int, int]]
) -> bool:
    is_readable = column.kind not in (Kind.OCTETS, Kind.TEXT) and not column.is_variable
    is_first = layout.first[column.key] == index
    return column.key in known and ((is_readable and is_first) or column.key == (0, 210))


def _entry(records: Records, index: int, label: str) -> Entry | None:
    column = records.layout.columns[index]
    if column.is_variable:
        return _variable(records, index, label)
    if column.kind in (Kind.TEXT, Kind.OCTETS, Kind.IPV6, Kind.MAC):
        return _octets(records, index, label)
    if column.kind is Kind.IPV4:
        return _octets(records, index, label)
    if column.kind in (Kind.MICROSECONDS, Kind.NANOSECONDS):
        values = records.fixed(index).astype(np.int64)
    elif column.kind is Kind.FLOAT:
        values = records.fixed(index).astype(np.float64)
    else:
        values = records.value(index)
    rows = np.flatnonzero(values)
    return Entry(label, rows, pa.array(values[rows]).cast(pa.string())) if len(rows) else None


def _octets(records: Records, index: int, label: str) -> Entry | None:
    """Fixed-width octets: each distinct value is written once."""
    column = records.layout.columns[index]
    raw = np.ascontiguousarray(records.fixed(index)).view(np.uint8)
    raw = raw.reshape(len(records), column.length)
    rows = np.flatnonzero(raw.any(axis=1))
    if not len(rows):
        return None
    data = pa.py_buffer(np.ascontiguousarray(raw[rows]))
    array = pa.Array.from_buffers(pa.binary(column.length), len(rows), [None, data])
    return _written(label, rows, array, column.kind)


def _variable(records: Records, index: int, label: str) -> Entry | None:
    begins, lengths = records.variable(index)
    rows = np.flatnonzero(lengths)
    if not len(rows):
        return None
    begins, lengths = begins[rows], lengths[rows]
    edges = offsets(lengths)
    place = np.arange(edges[-1]) + np.repeat(begins - edges[:-1], lengths)
    flat = np.frombuffer(records.buffer, np.uint8)[place]
    array = pa.Array.from_buffers(
        pa.large_binary(), len(rows), [None, pa.py_buffer(edges), pa.py_buffer(flat)]
    )
    return _written(label, rows, array, records.layout.columns[index].kind)


def _written(label: str, rows: Ints, array: Any, kind: Kind) -> Entry | None:
    encoded = array.dictionary_encode()
    texts = [_text(raw, kind) for raw in encoded.dictionary.to_pylist()]
    kept = pa.array([text[:TEXT_LIMIT] or None for text in texts], pa.string())
    written = kept.take(encoded.indices)
    if kept.null_count:
        rows = rows[written.is_valid().to_numpy(zero_copy_only=False)]
        written = written.drop_null()
    return Entry(label, rows, written, any(len(text) > TEXT_LIMIT for text in texts))


def _text(raw: bytes, kind: Kind) -> str:
    """Text without its padding, ill-formed UTF-8 replaced; a MAC, an address, else hexadecimal.

    Octets of an element that we do not know are text where they can be nothing else.
    """
    if kind is Kind.TEXT:
        return raw.rstrip(b"\0").decode("utf-8", "replace").replace("\0", "\ufffd")
    if kind in (Kind.IPV4, Kind.IPV6) and len(raw) in (4, 16):
        return str(ipaddress.ip_address(raw))
    if kind is Kind.MAC:
        return raw.hex("-").upper()
    bare = raw.rstrip(b"\0")
    if len(bare) > 8 and bare.isascii() and bare.decode().isprintable():
        return bare.decode()
    return f"0x{raw.hex()}" if bare else ""


def other(
    parts: Sequence[tuple[Ints | None, tuple[Entry, ...]]], count: int
) -> Iterator[tuple[str, Any]]:
    """The map column, and the name of it in ``soc.truncated`` where a text was cut."""
    rows, names, texts, cut = [], [], [], []
    for part_rows, part in parts:
        for entry in part:
            place = entry.rows if part_rows is None else part_rows[entry.rows]
            rows.append(place)
            names.append(pa.array([entry.name]).take(pa.array(np.zeros(len(place), np.int32))))
            texts.append(entry.texts)
            if entry.cut:
                cut.append(place[pc.utf8_length(entry.texts).to_numpy() == TEXT_LIMIT])
    if not rows:
        return
    row = np.concatenate(rows)
    order = np.argsort(row, kind="stable")
    keys = pa.concat_arrays(names).take(pa.array(order))
    values = pa.concat_arrays(texts).take(pa.array(order))
    per_row = np.bincount(row, minlength=count)
    yield "soc.other", _map(per_row, keys, values)
    if cut:
        yield "soc.truncated", _truncated(np.concatenate(cut), count)


def _map(per_row: Ints, keys: Any, values: Any) -> Any:
    ends = pa.array(offsets(per_row).astype(np.int32))
    whole = pa.MapArray.from_arrays(ends, keys, values)
    buffers = [validity(per_row > 0), *whole.buffers()[1:2]]
    entries_ = pa.StructArray.from_arrays(
        [keys, values], fields=[whole.type.key_field, whole.type.item_field]
    )
    return pa.Array.from_buffers(whole.type, len(per_row), buffers, children=[entries_])


def _truncated(rows: Ints, count: int) -> Any:
    is_cut = np.zeros(count, bool)
    is_cut[rows] = True
    ends = offsets(is_cut.astype(np.int64)).astype(np.int32)
    named = pa.array(["soc.other"] * int(is_cut.sum()), pa.string())
    lists = pa.ListArray.from_arrays(pa.array(ends), named)
    return pc.if_else(pa.array(is_cut), lists, None)

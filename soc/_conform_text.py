"""Text columns on their way into the store: valid, not too long, the rest in a map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from soc.schema import TEXT_LIMIT

MAP = pa.map_(pa.string(), pa.string())


def as_text(column: pa.Array) -> pa.Array:
    """The column as valid text: a string array, or a dictionary of strings (int32 indices)."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        values = as_text(column.dictionary)
        if pa.types.is_dictionary(values.type) or values.null_count:
            return plain(values).take(column.indices)
        return pa.DictionaryArray.from_arrays(column.indices.cast(pa.int32()), values)
    if kind == pa.string():
        return valid(column)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return _decoded(column)
    try:
        return valid(column.cast(pa.string()))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return _decoded(column)


def plain(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def valid(column: pa.Array) -> pa.Array:
    """The strings, bytes that are no UTF-8 replaced: one such byte would stop every later read."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return _decoded(column.cast(pa.binary()))
    return column


def _decoded(column: pa.Array) -> pa.Array:
    return pa.array([_spelled(value) for value in column.to_pylist()], pa.string())


def _spelled(value: object) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if value is None else str(value)


def valid_lists(lists: pa.Array) -> pa.Array:
    """Lists of strings, their elements made valid."""
    values = lists.flatten()
    checked = valid(values)
    if checked is values:
        return lists
    counts = pc.fill_null(pc.list_value_length(lists), 0)
    ends = pc.cumulative_sum(counts.cast(pa.int32()))
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    return pa.ListArray.from_arrays(offsets, checked, mask=lists.is_null())


def valid_maps(maps: pa.Array) -> pa.Array:
    """Maps of strings, keys and values made valid."""
    whole = pa.concat_arrays([maps])
    keys, items = valid(whole.keys), valid(whole.items)
    if keys is whole.keys and items is whole.items:
        return maps
    return pa.MapArray.from_arrays(whole.offsets, keys, items, mask=whole.is_null())


def merged(stored: pa.Array | None, rest: dict[str, pa.Array], count: int) -> pa.Array:
    """The map column with more entries, by row; the given entries win."""
    rest = {name: plain(column) for name, column in rest.items()}
    rest = {name: column for name, column in rest.items() if column.null_count < len(column)}
    if not rest:
        return pa.nulls(count, MAP) if stored is None else stored
    old = [None] * count if stored is None else stored.to_pylist()
    columns = [(name, column.to_pylist()) for name, column in rest.items()]
    rows: list[list[tuple[str, str]] | None] = []
    for at, pairs in enumerate(old):
        entries = {name: values[at] for name, values in columns if values[at] is not None}
        entries.update(pairs or ())
        rows.append(list(entries.items()) or None)
    return pa.array(rows, MAP)


def truncate(columns: dict[str, pa.Array], record: str, count: int) -> None:
    """Cut text in place of the columns; ``record`` lists by row which columns were cut."""
    cut: dict[str, pa.Array] = {}
    for name, column in columns.items():
        shorter, where = _cut(column)
        if where is not None:
            columns[name] = shorter
            cut[name] = where
    if not cut:
        return
    told = columns.get(record)
    names: list[list[str]] = [
        list(row or ()) for row in (told.to_pylist() if told is not None else [None] * count)
    ]
    for name, where in cut.items():
        for at in pc.indices_nonzero(where).to_pylist():
            if name not in names[at]:
                names[at].append(name)
    columns[record] = pa.array([row or None for row in names], pa.list_(pa.string()))


def _cut(column: pa.Array) -> tuple[pa.Array, pa.Array | None]:
    """The column cut to the limit and where that was; None where nothing is too long."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        values, where = _cut(column.dictionary)
        if where is None:
            return column, None
        return values.take(column.indices), pc.fill_null(where.take(column.indices), False)
    if pa.types.is_string(kind):
        return _cut_strings(column)
    if pa.types.is_map(kind):
        return _cut_rows(column, _cut_pairs, column.items)
    if pa.types.is_list(kind) and pa.types.is_string(kind.value_type):
        return _cut_rows(column, _cut_list, column.flatten())
    return column, None


def _cut_strings(column: pa.Array) -> tuple[pa.Array, pa.Array | None]:
    longest = pc.max(pc.binary_length(column)).as_py()
    if longest is None or longest <= TEXT_LIMIT:
        return column, None
    where = pc.fill_null(pc.greater(pc.utf8_length(column), TEXT_LIMIT), False)
    if not pc.any(where).as_py():
        return column, None
    return pc.utf8_slice_codeunits(column, 0, TEXT_LIMIT), where


def _cut_rows(
    column: pa.Array, cut: Callable[[Any], Any], elements: pa.Array
) -> tuple[pa.Array, pa.Array | None]:
    """The same for lists and maps, row by row, but only where an element is too long."""
    if _cut_strings(elements)[1] is None:
        return column, None
    rows = column.to_pylist()
    shorter = [None if row is None else cut(row) for row in rows]
    where = [new != old for new, old in zip(shorter, rows, strict=True)]
    return pa.array(shorter, column.type), pa.array(where)


def _cut_list(row: list[str | None]) -> list[str | None]:
    return [None if text is None else text[:TEXT_LIMIT] for text in row]


def _cut_pairs(row: list[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
    return [(key, None if text is None else text[:TEXT_LIMIT]) for key, text in row]

"""Rows as they arrive made into rows as they are stored: the schema's columns and types, no more.

What fits no column, or not its type, is kept as text in ``soc.other``; text that is too long
is cut and its column named in ``soc.truncated``. Nothing here refuses a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from soc import _conform_text, net, schema

OURS = ("event.id", "event.ingested", "soc.source_key")  # made here, whatever the row says
OTHER = "soc.other"
TRUNCATED = "soc.truncated"


def above(rows: pa.RecordBatch, position: int) -> pa.RecordBatch:
    """The rows whose ``soc.record`` is above a position, each number once, ascending.

    Raises:
        KeyError: there is no such column.
    """
    numbers = rows.column("soc.record").cast(pa.int64())
    rows = rows.filter(pc.fill_null(pc.greater(numbers, position), fill_value=False))
    numbers = rows.column("soc.record").cast(pa.int64())
    steps = pc.subtract(numbers[1:], numbers[:-1])
    if len(steps) == 0 or pc.min(steps).as_py() > 0:
        return rows
    table = pa.table({"record": numbers, "row": pa.array(range(len(numbers)), pa.int64())})
    first = table.group_by("record").aggregate([("row", "min")]).sort_by("record")
    return rows.take(first["row_min"].combine_chunks())


def conform(
    rows: pa.RecordBatch, dataset: str, source: int, ingested: datetime, truncate: bool = True
) -> pa.Table:
    """The rows with the columns that hold something, in the order of the schema, twins added.

    Text is a string column or a dictionary of strings with int32 indices; a dictionary holds
    only values that occur.
    """
    wanted = {n: f for n, f in schema.of(dataset).items() if n not in OURS}
    columns: dict[str, pa.Array] = {}
    rest: dict[str, pa.Array] = {}
    for name, column in zip(rows.schema.names, rows.columns, strict=True):
        if name in wanted:
            columns[name], misfits = _fitted(column, wanted[name].type)
            if misfits is not None:
                rest[name] = misfits
        elif name not in OURS and not name.startswith(schema.TWIN):
            rest[name] = _conform_text.as_text(column)
    columns[OTHER] = _conform_text.merged(columns.get(OTHER), rest, rows.num_rows)
    if truncate:
        _conform_text.truncate(columns, TRUNCATED, rows.num_rows)
    columns["event.ingested"] = _repeated(ingested, schema.Type.DATE, rows.num_rows)
    columns["soc.source_key"] = _repeated(source, schema.Type.LONG, rows.num_rows)
    return _table(columns, dataset)


def _repeated(value: object, kind: schema.Type, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, schema.arrow_type(kind)), count)


def _table(columns: dict[str, pa.Array], dataset: str) -> pa.Table:
    """Columns that hold something, in order, each address followed by its twin."""
    ordered: dict[str, pa.Array] = {}
    for name, field in schema.of(dataset).items():
        column = columns.get(name)
        if column is None or (column.null_count == len(column) and name != "@timestamp"):
            continue
        column = _compacted(column)
        if field.type is schema.Type.IP:
            column = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
            ordered[name] = column
            ordered[schema.twin(name)] = _twins(column)
        else:
            ordered[name] = column
    return pa.table(ordered)


def _twins(column: pa.DictionaryArray) -> pa.Array:
    """Twins of an address column; a dictionary, unless a value is no address."""
    values = net.twins(column.dictionary)
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    values = values.cast(pa.binary())
    if values.null_count:
        return values.take(column.indices)
    return pa.DictionaryArray.from_arrays(column.indices, values)


def _compacted(column: pa.Array) -> pa.Array:
    """A dictionary cut to the values that occur: unused ones cost more than small batches."""
    if not pa.types.is_dictionary(column.type):
        return column
    used = pc.unique(column.indices).drop_null()
    if len(used) == len(column.dictionary) and column.indices.type == pa.int32():
        return column
    indices = pc.index_in(column.indices, value_set=used).cast(pa.int32())
    return pa.DictionaryArray.from_arrays(indices, column.dictionary.take(used))


def _fitted(column: pa.Array, kind: schema.Type) -> tuple[pa.Array, pa.Array | None]:
    """The column in the type that is stored, and as text what did not fit it."""
    target = schema.arrow_type(kind)
    if target == pa.string():
        return _conform_text.as_text(column), None
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if column.type == target and not pa.types.is_nested(target):
        return column, None
    try:
        return _cast(column, target), None
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
        return _salvaged(column, target)


def _cast(column: pa.Array, target: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(target):
        return column.cast(target, safe=not pa.types.is_timestamp(column.type))
    if pa.types.is_list(target):
        return _conform_text.valid_lists(_listed(column).cast(target))
    if pa.types.is_map(target):
        return _conform_text.valid_maps(column.cast(target))
    return column.cast(target)


def _listed(column: pa.Array) -> pa.Array:
    """A column of lists; a plain column becomes lists of one element."""
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return column
    return pa.array([None if v is None else [str(v)] for v in column.to_pylist()])


def _salvaged(column: pa.Array, target: pa.DataType) -> tuple[pa.Array, pa.Array]:
    """Value by value: what fits, and the text of what does not."""
    fitting: list[object] = []
    misfits: list[str | None] = []
    for value in column:
        try:
            fitting.append(value.cast(target).as_py())
            misfits.append(None)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError, ValueError):
            fitting.append(None)
            misfits.append(str(value.as_py()))
    return pa.array(fitting, target), pa.array(misfits, pa.string())


def join(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables of one dataset as one, in order; each column one chunk, dictionaries compact."""
    if len(tables) == 1:
        return tables[0].combine_chunks()
    names = {name for table in tables for name in table.column_names}
    even = [_evened(table, tables, names) for table in tables]
    joined = pa.concat_tables(even, promote_options="default").unify_dictionaries()
    return joined.combine_chunks()


def _evened(table: pa.Table, tables: Sequence[pa.Table], names: set[str]) -> pa.Table:
    """The table with a dictionary wherever one of the tables has it."""
    for name in names & set(table.column_names):
        column = table[name]
        if pa.types.is_dictionary(column.type) or not any(
            name in t.column_names and pa.types.is_dictionary(t[name].type) for t in tables
        ):
            continue
        at = table.column_names.index(name)
        table = table.set_column(at, name, column.dictionary_encode())
    return table

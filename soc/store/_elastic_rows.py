"""Documents as Arrow batches, with the types of the question's answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from soc import _result, schema
from soc._columns import Columns
from soc._evaluate import reader
from soc.schema import Type

Types = Mapping[str, Type | None]


def batch(events: Sequence[Mapping[str, Any]], types: Types, columns: Columns) -> pa.RecordBatch:
    """Events as one batch; ``event.id`` and keys of maps are worked out."""
    arrays = [_array(list(map(reader(n, columns), events)), kind) for n, kind in types.items()]
    return _made(arrays, types, len(events))


def table(rows: Sequence[Mapping[str, Any]], types: Types) -> pa.RecordBatch:
    """Rows that already hold the columns of the answer."""
    arrays = [_array([row[name] for row in rows], kind) for name, kind in types.items()]
    return _made(arrays, types, len(rows))


def _made(arrays: list[pa.Array], types: Types, count: int) -> pa.RecordBatch:
    if not types:  # a batch of no columns still has its rows
        return pa.RecordBatch.from_struct_array(pa.array([{}] * count, pa.struct([])))
    return pa.RecordBatch.from_arrays(arrays, schema=_result.arrow(types))


def _array(values: list[Any], kind: Type | None) -> pa.Array:
    wanted = schema.arrow_type(kind or Type.KEYWORD)
    if kind is Type.DATE:
        texts = [v if v is None or isinstance(v, str) else v.isoformat() for v in values]
        return pa.array(texts, pa.string()).cast(wanted)
    if kind is Type.MAP:
        return pa.array([None if v is None else list(v.items()) for v in values], wanted)
    return pa.array(values, wanted)

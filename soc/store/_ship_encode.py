"""Rows of the log as the body of a ``_bulk`` request, without a Python object a value.

The documents are those of ``_elastic_document``, the reference: rows with a value that the
server cannot hold as it is are written by the reference itself and put in at their place.
Read the files by ``opened(…).iter_batches(…)`` and encode tens of thousands of rows at once:
tables of pieces are made anew for each call.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from soc._columns import INGESTED, RECORD_NUMBER, SOURCE_KEY, VERSION
from soc.schema import Type, of
from soc.store._elastic_document import AT, document
from soc.store._elastic_names import ORIGIN_HOST
from soc.store._ship_encode_dates import dates
from soc.store._ship_encode_nested import address_lists, maps, text_lists
from soc.store._ship_encode_numbers import doubles, integers, truths
from soc.store._ship_encode_pieces import (
    Column,
    Mask,
    Replaced,
    Slot,
    constant,
    each,
    joined,
    pieces,
)
from soc.store._ship_encode_text import addresses, texts

ID_LENGTH = 32
_ID = np.dtype([("at", ">u4"), ("origin", ">u4"), ("source", ">i8"), ("record", ">i8")])
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_US = (datetime(1, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_END_US = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH + timedelta(1)) // timedelta(microseconds=1)

_WRITE: Mapping[Type, Callable[[bytes, pa.Array], Column]] = {
    Type.KEYWORD: texts,
    Type.TEXT: texts,
    Type.KEYWORDS: text_lists,
    Type.IP: addresses,
    Type.IPS: address_lists,
    Type.DATE: dates,
    Type.INTEGER: integers,
    Type.LONG: integers,
    Type.DOUBLE: doubles,
    Type.BOOLEAN: truths,
    Type.MAP: maps,
}


class Ids(Sequence[str]):
    """The ``_id`` of each row, made when it is asked for."""

    def __init__(self, text: bytes) -> None:
        self.text = text  # 32 characters a row

    def __len__(self) -> int:
        return len(self.text) // ID_LENGTH

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        places = range(0, len(self.text), ID_LENGTH)[at]
        if isinstance(places, int):
            return self.text[places : places + ID_LENGTH].decode("ascii")
        text = self.text.decode("ascii")
        return [text[place : place + ID_LENGTH] for place in places]


@dataclass(frozen=True, slots=True)
class Body:
    """Rows as NDJSON: for each an action line ``{"create":{"_id":"…"}}`` and its document."""

    data: bytes  # all rows
    ends: npt.NDArray[np.int64]  # n + 1: row i is data[ends[i] : ends[i + 1]]
    ids: Sequence[str]  # of each row


def opened(path: Path, dataset: str) -> pq.ParquetFile:
    """A file of the log, whose batches have text as dictionaries: each text is written once.

    Raises:
        KeyError: no such dataset.
    """
    metadata = pq.read_metadata(path)
    fields = of(dataset)
    names = [n for n in metadata.schema.to_arrow_schema().names if n in fields]
    texts = [n for n in names if fields[n].type in (Type.KEYWORD, Type.TEXT, Type.IP)]
    return pq.ParquetFile(path, metadata=metadata, read_dictionary=texts)


def encode(rows: pa.RecordBatch, dataset: str, origin: str, version: int) -> Body:
    """The rows, as the log's files hold them, as documents of the dataset's stream.

    ``origin`` is the host whose log it is, ``version`` the log's version of the rows; all of
    the output is held at once, about 400 bytes a flow.

    Raises:
        KeyError: no such dataset, or rows without identity.
    """
    count = rows.num_rows
    names = [name for name, field in of(dataset).items() if not field.virtual]
    columns = [_column(rows, dataset, name) for name in names if name in rows.schema.names]
    ids = _ids(rows, origin)
    slots = _slots(columns, ids, orjson.dumps({ORIGIN_HOST: origin, VERSION: version}))
    slow = _slow(rows, columns)
    replaced = None
    if slow.any():
        replaced = Replaced(
            np.flatnonzero(slow),
            _referred(rows.filter(pa.array(slow)), dataset, origin, version),
            2,
        )
    data, ends = joined(slots, count, replaced)
    return Body(data.to_pybytes(), ends, Ids(ids))


def _column(rows: pa.RecordBatch, dataset: str, name: str) -> Column:
    column = rows.column(name)
    if column.null_count == len(column):
        return Column(())
    return _WRITE[of(dataset)[name].type](b"," + orjson.dumps(name) + b":", column)


def _slots(columns: Sequence[Column], ids: bytes, head: bytes) -> list[Slot]:
    """Action line and document; what is the same in every row stands at the beginning."""
    slots = [slot for column in columns for slot in column.slots]
    always = [slot.table[0].as_py() for slot in slots if slot.index is None]
    return [
        constant(b'{"create":{"_id":"'),
        each(_fixed(ids)),
        constant(b'"}}\n' + head[:-1] + b"".join(always)),
        *(slot for slot in slots if slot.index is not None),
        constant(b"}\n"),
    ]


def _fixed(ids: bytes) -> pa.Array:
    """A table of the ids, which stand behind each other already."""
    count = len(ids) // ID_LENGTH
    offsets = np.arange(count + 1, dtype=np.int64) * ID_LENGTH
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(ids)]
    return pa.Array.from_buffers(pa.large_binary(), count, buffers)


def _ids(rows: pa.RecordBatch, origin: str) -> bytes:
    """``identifier`` of every row."""
    raw = np.empty(rows.num_rows, _ID)
    times = rows.column(INGESTED).view(pa.int64()).to_numpy()
    raw["at"] = (np.trunc(times / 1e6).astype(np.int64) & 0xFFFF_FFFF).astype(np.uint32)
    raw["origin"] = zlib.crc32(origin.encode())
    raw["source"] = rows.column(SOURCE_KEY).to_numpy()
    raw["record"] = rows.column(RECORD_NUMBER).to_numpy()
    return base64.urlsafe_b64encode(raw.tobytes())


def _slow(rows: pa.RecordBatch, columns: Sequence[Column]) -> Mask:
    """The rows that the reference writes; a row without time is one of them."""
    slow = np.zeros(rows.num_rows, np.bool_)
    for column in columns:
        if column.slow is not None:
            slow |= column.slow
    if AT not in rows.schema.names:
        return ~slow | slow
    if rows.column(AT).null_count:
        slow |= rows.column(AT).is_null().to_numpy(zero_copy_only=False)
    return slow


def _referred(rows: pa.RecordBatch, dataset: str, origin: str, version: int) -> pa.Array:
    """The end of the action line and the document of each row, as the reference has it."""
    known = [name for name in rows.schema.names if name in of(dataset)]
    return pieces(
        [
            b'"}}\n' + orjson.dumps(document(row, dataset, origin, version)) + b"\n"
            for row in _python(rows.select(known))
        ]
    )


def _python(rows: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """Rows as mappings; a time that no calendar holds is absent."""
    for at, field in enumerate(rows.schema):
        if pa.types.is_timestamp(field.type):
            numbers = rows.column(at).view(pa.int64())
            known = pc.and_(pc.greater_equal(numbers, _FIRST_US), pc.less(numbers, _END_US))
            nothing = pa.scalar(None, field.type)
            rows = rows.set_column(at, field, pc.if_else(known, rows.column(at), nothing))
    yield from rows.to_pylist()

"""Ownership of both ends of a batch of events, by distinct (address, time span)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from soc.errors import InputError
from soc.net import address

if TYPE_CHECKING:
    from soc.estate import Estate, Owner

_PARTS = ("unit", "zone", "asset", "system")


def enrich(estate: Estate, rows: pa.RecordBatch, zone: str | None) -> pa.RecordBatch:
    """``Estate.enrich``."""
    times = _Times(estate, rows)
    for end in ("source", "destination"):
        if f"{end}.ip" in rows.schema.names:
            owners, places = _attributed(estate, rows.column(f"{end}.ip"), times, zone)
            for part in _PARTS:
                column = _column([getattr(o, part) if o else None for o in owners], places)
                rows = _set(rows, f"soc.{end}.{part}", column)
    version = pa.array(np.full(len(rows), estate.version, dtype=np.int64))
    return _set(rows, "soc.estate_version", version)


class _Times:
    """The spans of time in which no claim begins or ends, and in which of them each row lies."""

    def __init__(self, estate: Estate, rows: pa.RecordBatch) -> None:
        edges = {edge for c in estate.claims for edge in (c.since, c.until) if edge}
        self._edges = sorted(edges)
        self.of_rows = self._placed(rows)
        self.count = len(self._edges) + 1

    def _placed(self, rows: pa.RecordBatch) -> npt.NDArray[np.int64]:
        if not self._edges or "@timestamp" not in rows.schema.names:
            return np.zeros(len(rows), dtype=np.int64)
        stamps = rows.column("@timestamp").cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
        edges = np.array([_microseconds(edge) for edge in self._edges], dtype=np.int64)
        filled = pc.fill_null(stamps, np.iinfo(np.int64).max)
        known: npt.NDArray[np.int64] = filled.to_numpy(zero_copy_only=False)
        return np.searchsorted(edges, known, side="right").astype(np.int64)

    def inside(self, place: int) -> datetime | None:
        """A moment of the span; None where the estate knows no time."""
        if not self._edges:
            return None
        return self._edges[place - 1] if place else datetime.min.replace(tzinfo=UTC)


def _microseconds(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _attributed(
    estate: Estate, column: pa.Array, times: _Times, zone: str | None
) -> tuple[list[Owner | None], npt.NDArray[np.int64]]:
    """Owners of the distinct (address, span) pairs, and the place of each row among them."""
    encoded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
    texts = [*encoded.dictionary.to_pylist(), None]
    codes = pc.fill_null(encoded.indices.cast(pa.int64()), len(texts) - 1)
    pairs = codes.to_numpy(zero_copy_only=False) * times.count + times.of_rows
    distinct, places = np.unique(pairs, return_inverse=True)
    owners = [
        _owner(estate, texts[pair // times.count], zone, times.inside(pair % times.count))
        for pair in distinct.tolist()
    ]
    return owners, places


def _owner(estate: Estate, text: str | None, zone: str | None, at: datetime | None) -> Owner | None:
    if text is None:
        return None
    try:
        return estate.owner(address(text), zone, at)
    except InputError:
        return None  # a text that is no address belongs to nobody


def _column(values: list[str | None], places: npt.NDArray[np.int64]) -> pa.DictionaryArray:
    """Value by row, dictionary-encoded; each distinct value stands once."""
    found = pc.dictionary_encode(pa.array(values, pa.string()))
    indices = found.indices.take(pa.array(places)) if len(values) else found.indices
    return pa.DictionaryArray.from_arrays(indices, found.dictionary)


def _set(rows: pa.RecordBatch, name: str, column: pa.Array) -> pa.RecordBatch:
    names = [*rows.schema.names]
    columns = [*rows.columns]
    if name in names:
        columns[names.index(name)] = column
    else:
        names.append(name)
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, names=names)

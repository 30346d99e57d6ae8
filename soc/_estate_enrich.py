"""Ownership of both ends of a batch of events, by distinct address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from soc.net import Network, bounds, twins

if TYPE_CHECKING:
    from soc.estate import Estate, Owner

_PARTS = ("unit", "zone", "asset", "system")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_MAPS = 32  # kept at once; a batch of a day needs one or two
Places = npt.NDArray[np.int64]


def enrich(estate: Estate, rows: pa.RecordBatch, zone: str | None) -> pa.RecordBatch:
    """``Estate.enrich``."""
    maps = estate.maps
    spans = maps.spans(rows)
    for end in ("source", "destination"):
        if f"{end}.ip" in rows.schema.names:
            owners, places = maps.attributed(rows.column(f"{end}.ip"), spans, zone)
            for part in _PARTS:
                column = _column([getattr(o, part) if o else None for o in owners], places)
                rows = _set(rows, f"soc.{end}.{part}", column)
    version = pa.array(np.full(len(rows), estate.version, dtype=np.int64))
    return _set(rows, "soc.estate_version", version)


@dataclass(frozen=True)
class Map:
    """Owners by address, for one zone and a span of time in which no claim begins or ends.

    The space of twins is cut where a claim starts or stops; between two cuts the answer of
    ``Estate.owner`` is one.
    """

    starts: npt.NDArray[np.bytes_]  # twins, ascending; the first is the first twin of all
    owners: list[Owner | None]  # from each start up to the next

    def places(self, addresses: pa.Array) -> Places:
        """Place in ``owners`` of each text; the last place, which is nobody's, for no address."""
        found = twins(addresses).to_pylist()
        raw = np.array([twin or b"" for twin in found], dtype="S16")
        at = np.searchsorted(self.starts, raw, side="right").astype(np.int64) - 1
        is_absent = np.array([twin is None for twin in found], dtype=bool)
        return np.where(is_absent, len(self.owners) - 1, at)


class Maps:
    """The maps of an estate, made when they are first needed."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._made: dict[tuple[str | None, int], Map] = {}

    @cached_property
    def _edges(self) -> list[datetime]:
        """Times at which a claim begins or ends."""
        return sorted({t for c in self._estate.claims for t in (c.since, c.until) if t})

    def spans(self, rows: pa.RecordBatch) -> Places:
        """Number of the span of time that each row lies in."""
        if not self._edges or "@timestamp" not in rows.schema.names:
            return np.zeros(len(rows), dtype=np.int64)
        stamps = rows.column("@timestamp").cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
        edges = np.array([_microseconds(edge) for edge in self._edges], dtype=np.int64)
        last = np.iinfo(np.int64).max
        filled: Places = pc.fill_null(stamps, last).to_numpy(zero_copy_only=False)
        return np.searchsorted(edges, filled, side="right").astype(np.int64)

    def attributed(
        self, column: pa.Array, spans: Places, zone: str | None
    ) -> tuple[list[Owner | None], Places]:
        """Owners, and the place of each row among them."""
        encoded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
        texts = pa.concat_arrays([encoded.dictionary.cast(pa.string()), pa.nulls(1, pa.string())])
        codes = pc.fill_null(encoded.indices.cast(pa.int64()), len(texts) - 1)
        rows: Places = codes.to_numpy(zero_copy_only=False)
        owners: list[Owner | None] = []
        places = np.zeros(len(rows), dtype=np.int64)
        for span in np.unique(spans).tolist():
            found = self._map(zone, span)
            is_here = spans == span
            places[is_here] = found.places(texts)[rows[is_here]] + len(owners)
            owners += found.owners
        return owners, places

    def _map(self, zone: str | None, span: int) -> Map:
        if (zone, span) not in self._made:
            if len(self._made) >= _MOST_MAPS:
                self._made.clear()
            self._made[zone, span] = self._built(zone, self._inside(span))
        return self._made[zone, span]

    def _inside(self, span: int) -> datetime | None:
        """A moment of the span; None where the estate knows no time."""
        if not self._edges:
            return None
        return self._edges[span - 1] if span else datetime.min.replace(tzinfo=UTC)

    def _built(self, zone: str | None, at: datetime | None) -> Map:
        cuts = {Network(6, 0, 128), Network(4, 0, 32), Network(6, 1 << 48, 128)}
        for claim in self._estate.claims:
            family, first, last = claim.network.family, claim.network.first, claim.network.last
            bits = 32 if family == 4 else 128
            cuts.add(Network(family, first, bits))
            if last + 1 < 1 << bits:
                cuts.add(Network(family, last + 1, bits))
        ordered = sorted((bounds(cut)[0], cut) for cut in cuts)
        owners = [self._estate.owner(cut, zone, at) for _, cut in ordered]
        return Map(np.array([twin for twin, _ in ordered], dtype="S16"), [*owners, None])


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _column(values: list[str | None], places: Places) -> pa.DictionaryArray:
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

"""Gathers what collectors yield and commits it: rows to the log, changes to the records."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from collectors._health import Health
from soc.batch import Batch, Refusal, Tally
from soc.errors import Conflict
from soc.store import Change

if TYPE_CHECKING:
    import pyarrow as pa

    from soc.context import Context

log = logging.getLogger(__name__)

ROWS_A_COMMIT = 100_000
SECONDS_A_COMMIT = 5.0
_TRIES = 3  # an append whose position another writer moved is repeated: it drops what is there
_REFUSALS_KEPT = 20


@dataclass(frozen=True, slots=True)
class Labels:
    """What is said about every row of a run."""

    observer: str  # where neither the rows nor their batch name one
    zone: str | None
    origin: str


@dataclass
class Gather:
    """Buffers batches by (source, dataset); all of them are committed together."""

    context: Context
    labels: Labels
    is_live: bool = False  # the source goes on: health of a bin is told when the bin is over
    stored: int = 0
    changed: int = 0
    tally: Tally = field(default_factory=Tally)
    refusals: list[Refusal] = field(default_factory=list)
    sources: set[int] = field(default_factory=set)  # that delivered rows

    def __post_init__(self) -> None:
        self._batches: dict[tuple[int, str], list[Batch]] = {}
        self._changes: list[Change] = []
        self._rows = 0
        self._health = Health()
        self._committed = time.monotonic()

    def add(self, item: Batch | Change) -> None:
        """Take one batch or change; commit when enough has come, or enough time went by."""
        if isinstance(item, Change):
            self._changes.append(item)
            return
        self.tally = self.tally + item.tally
        self.refusals += item.refusals[: _REFUSALS_KEPT - len(self.refusals)]
        self._buffer(item)
        if self._rows >= ROWS_A_COMMIT or self._is_time():
            self.commit()

    def _is_time(self) -> bool:
        return time.monotonic() - self._committed >= SECONDS_A_COMMIT

    def _buffer(self, batch: Batch) -> None:
        observer = batch.observer or self.labels.observer
        zone = self.labels.zone or self._zones.get(observer)
        self._health.see(batch, observer, self.labels.origin, zone)
        if batch.rows is None or not batch.rows.num_rows:
            return
        rows = self._labelled(batch.rows, observer, zone)
        self.sources.add(batch.source)
        found = self._batches.setdefault((batch.source, batch.dataset), [])
        found.append(Batch(batch.source, batch.dataset, rows, observer=observer))
        self._rows += rows.num_rows

    def _labelled(self, rows: pa.RecordBatch, observer: str, zone: str | None) -> pa.RecordBatch:
        rows = _with(rows, "observer.name", observer)
        rows = _with(rows, "soc.origin", self.labels.origin)
        if "source.ip" in rows.schema.names or "destination.ip" in rows.schema.names:
            rows = self.context.estate.enrich(rows, zone)
        return rows

    @cached_property
    def _zones(self) -> dict[str, str | None]:
        """Zone by name of the source, from the records of sources."""
        from soc.records.source import Source

        found = self.context.store.records.find("source")
        return {source.name: source.zone for source in found if isinstance(source, Source)}

    def commit(self) -> None:
        """Store all that is buffered: datasets that are new to a source come first.

        So the lowest position of a source, once all its datasets were committed together, is
        one up to which everything is stored, whenever the process dies.
        """
        keys = sorted(self._batches, key=self._is_known)
        for key in keys:
            self.stored += self._append(self._batches.pop(key))
        self._rows = 0
        for batch in self._health.ended() if self.is_live else ():
            self._append([batch])
        self._apply()
        self._committed = time.monotonic()

    def _is_known(self, key: tuple[int, str]) -> bool:
        source, dataset = key
        return self.context.store.log.position(source, dataset) > 0

    def _append(self, batches: list[Batch]) -> int:
        for _ in range(_TRIES - 1):
            try:
                return self.context.store.log.append(batches).stored
            except Conflict:
                log.info("append repeated", extra={"event.dataset": batches[0].dataset})
        return self.context.store.log.append(batches).stored

    def _apply(self) -> None:
        if self._changes:
            self.changed += self.context.store.records.apply(self._changes)
            self._changes = []

    def close(self) -> None:
        """Store everything, the health of bins that are not over included."""
        self.commit()
        for batch in self._health.rest():
            self._append([batch])


def _with(rows: pa.RecordBatch, name: str, text: str) -> pa.RecordBatch:
    """The rows with a column of one text, where they have no such column."""
    import pyarrow as pa

    if name in rows.schema.names:
        return rows
    indices = pa.repeat(pa.scalar(0, pa.int32()), rows.num_rows)
    return rows.append_column(name, pa.DictionaryArray.from_arrays(indices, pa.array([text])))

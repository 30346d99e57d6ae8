"""Kept sets decoded, a layout at a time, and put in the order in which they became decodable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from collectors._netflow_arrow import Part, Sheet, batch, plain
from collectors._netflow_columns import Labels, Origin, columns
from collectors._netflow_layout import Layout, offsets
from collectors._netflow_messages import Messages, messages
from collectors._netflow_options import State
from collectors._netflow_other import entries
from collectors._netflow_pending import Pending, Slice
from collectors._netflow_records import Records, read
from soc.batch import Batch

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Share:
    """What all rows of a call share."""

    observer: str | None  # name of the data source; none: the exporter's address
    origin: str


@dataclass(frozen=True, eq=False)
class Flushed:
    """A batch decoded: its rows, and per row the source."""

    rows: Any  # pa.RecordBatch without soc.record; None: no rows
    source: Ints  # a row
    per_message: Ints  # data records of each message
    messages: Messages | None
    bad: frozenset[int]  # messages that were discarded
    share: Share

    def batches(self, pending: Pending, numbers: dict[int, int]) -> Iterator[Batch]:
        """One batch a source, its rows numbered on from ``numbers``."""
        for source in dict.fromkeys([*self.source.tolist(), *pending.counts]):
            rows = self._numbered(source, numbers) if self.rows is not None else None
            counts = pending.of(source)
            counts.records += rows.num_rows if rows is not None else 0
            refusals = tuple(pending.refusals) if counts.refused else ()
            observer = self.share.observer or _only_observer(rows)
            yield Batch(source, "flow", rows, counts.tally(), refusals, observer)

    def _numbered(self, source: int, numbers: dict[int, int]) -> Any:
        import pyarrow as pa

        is_its = self.source == source
        count = int(is_its.sum())
        if not count:
            return None
        rows = self.rows if count == len(is_its) else self.rows.filter(pa.array(is_its))
        first = numbers.get(source, 0) + 1
        numbers[source] = first + count - 1
        record = plain(pa.int64(), np.arange(first, first + count), None)
        return rows.append_column("soc.record", record)


def _only_observer(rows: Any) -> str:
    """The exporter's name where a batch is of one exporter, else the collector's."""
    if rows is None or "observer.name" not in rows.schema.names:
        return "netflow"
    names = rows.column("observer.name").unique().to_pylist()
    return str(names[0]) if len(names) == 1 and names[0] else "netflow"


def flushed(pending: Pending, observers: Sequence[bytes | None], share: Share) -> Flushed:
    """Decode everything that is pending; messages found malformed only now give no row."""
    decoded, bad = _read(pending)
    none = np.empty(0, np.int64)
    if not pending.heads:
        return Flushed(None, none, none, None, bad, share)
    heads = messages(pending.heads, pending.sessions, pending.arrivals)
    order, message, state = _table(decoded)
    source = np.array(pending.sources, np.int64)
    counts = np.concatenate([records.counts for _, records, _ in decoded] or [none])
    per_message = np.bincount(message, counts, len(pending.heads)).astype(np.int64)
    total = int(counts.sum())
    if not total:
        return Flushed(None, none, per_message, heads, bad, share)
    begins = _begins(order, counts)
    labels = Labels()
    session = np.zeros(total, np.int64)
    row_source = np.zeros(total, np.int64)
    parts = []
    at = 0
    for _, records, slices in decoded:
        here = slice(at, at + len(slices))
        at += len(slices)
        if not len(records):
            continue
        rows = _rows(begins[here], records.counts)
        of_row = np.repeat(message[here], records.counts)
        origin = Origin(heads, of_row, _states(pending.states, state[here], records.counts), labels)
        session[rows] = heads.session[of_row]
        row_source[rows] = source[of_row]
        is_all = len(records) == total
        extra = entries(records)
        parts.append(Part(columns(records, origin), None if is_all else rows, extra))
    constants = {"event.module": "netflow", "soc.origin": share.origin}
    if share.observer:
        constants["observer.name"] = share.observer
    sheet = Sheet(parts, total, session, observers, labels.texts(), constants)
    return Flushed(batch(sheet), row_source, per_message, heads, bad, share)


def _states(
    states: Sequence[State], state: Ints, counts: Ints
) -> tuple[tuple[State, Mask | None], ...]:
    """The states that rows have, each with its rows; None: all of them."""
    found = sorted(set(state.tolist()))
    if len(found) == 1:
        return ((states[found[0]], None),)
    per_row = np.repeat(state, counts)
    return tuple((states[one], per_row == one) for one in found)


_Decoded = list[tuple[Layout, Records, list[Slice]]]


def _read(pending: Pending) -> tuple[_Decoded, frozenset[int]]:
    decoded = [
        (layout, read(layout, [one[3] for one in slices]), slices)
        for layout, slices in pending.slices.items()
    ]
    bad = set(pending.bad)
    for _, records, slices in decoded:
        bad.update(slices[index][1] for index in records.broken.tolist())
    if bad:
        decoded = [_without(bad, *one) for one in decoded]
    return decoded, frozenset(bad)


def _without(
    bad: set[int], layout: Layout, records: Records, slices: list[Slice]
) -> tuple[Layout, Records, list[Slice]]:
    good = [one for one in slices if one[1] not in bad]
    if len(good) == len(slices):
        return layout, records, slices
    return layout, read(layout, [one[3] for one in good]), good


def _table(decoded: _Decoded) -> tuple[Ints, Ints, Ints]:
    """Order, message and state of every slice, as columns."""
    rows = [one for _, _, slices in decoded for one in slices]
    columns_ = [np.array([one[k] for one in rows], np.int64) for k in range(3)]
    return columns_[0], columns_[1], columns_[2]


def _begins(order: Ints, counts: Ints) -> Ints:
    """The first row of each slice, when slices follow each other by ``order``."""
    rank = np.argsort(order)
    begins = np.empty(len(order), np.int64)
    begins[rank] = offsets(counts[rank])[:-1]
    return begins


def _rows(begins: Ints, counts: Ints) -> Ints:
    """Row numbers of the records of slices that begin at ``begins``."""
    within = np.arange(counts.sum()) - np.repeat(offsets(counts)[:-1], counts)
    rows: Ints = np.repeat(begins, counts) + within
    return rows

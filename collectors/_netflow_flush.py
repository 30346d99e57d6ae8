"""A batch decoded: rows in the order in which their sets became decodable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from collectors._netflow_arrow import Part, Sheet, batch, plain
from collectors._netflow_columns import Labels, Origin, columns
from collectors._netflow_gathered import Group, groups, sound
from collectors._netflow_lanes import Route
from collectors._netflow_layout import offsets
from collectors._netflow_messages import Messages, messages
from collectors._netflow_other import entries
from collectors._netflow_pending import Counts, Pending
from soc.batch import Batch

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Share:
    """What all rows of a call share."""

    observer: str | None  # name of the data source; none: the exporter's address
    origin: str


@dataclass(frozen=True, eq=False)
class Flushed:
    """Rows of a batch, and by message how many it gave and of which source it is."""

    rows: Any  # pa.RecordBatch without soc.record; None: no rows
    row_source: Ints | None  # a row; None: all of the one source there is
    source: Ints  # a message
    per_message: Ints  # data records of each message
    messages: Messages
    bad: frozenset[int]  # messages that were discarded

    def batches(self, pending: Pending, numbers: dict[int, int], share: Share) -> Iterator[Batch]:
        """One batch a source, its rows numbered on from ``numbers``."""
        for source in dict.fromkeys([*np.unique(self.source).tolist(), *pending.counts]):
            rows = self._numbered(source, numbers)
            counts = pending.of(source)
            counts.records += rows.num_rows if rows is not None else 0
            refusals = tuple(pending.refusals) if counts.refused else ()
            if rows is not None or counts != Counts():
                observer = share.observer or _only_observer(rows)
                yield Batch(source, "flow", rows, counts.tally(), refusals, observer)

    def _numbered(self, source: int, numbers: dict[int, int]) -> Any:
        import pyarrow as pa

        rows = self._of(source)
        if rows is None or not rows.num_rows:
            return None
        first = numbers.get(source, 0) + 1
        numbers[source] = last = first + rows.num_rows - 1
        return rows.append_column("soc.record", plain(pa.int64(), np.arange(first, last + 1), None))

    def _of(self, source: int) -> Any:
        import pyarrow as pa

        if self.rows is None:
            return None
        if self.row_source is None:
            return self.rows if source == self.source[0] else None
        return self.rows.filter(pa.array(self.row_source == source))


def _only_observer(rows: Any) -> str:
    """The exporter's name where a batch is of one exporter, else the collector's."""
    if rows is None or "observer.name" not in rows.schema.names:
        return "netflow"
    names = rows.column("observer.name").unique().to_pylist()
    return str(names[0]) if len(names) == 1 and names[0] else "netflow"


def flushed(
    pending: Pending, routes: Sequence[Route], observers: Sequence[bytes | None], share: Share
) -> Flushed:
    """Decode everything that is pending; messages found malformed only now give no row."""
    found, bad = sound(groups(pending, routes), pending.bad)
    session = [routes[one].session.index if one >= 0 else -1 - one for one in pending.routes]
    heads = messages(pending.heads, session, pending.arrivals)
    source = _sources(pending)
    none = np.empty(0, np.int64)
    message = np.concatenate([group.message for group in found] or [none])
    counts = np.concatenate([group.records.counts for group in found] or [none])
    per_message = np.bincount(message, counts, len(pending.heads)).astype(np.int64)
    total = int(counts.sum())
    if not total:
        return Flushed(None, None, source, per_message, heads, bad)
    parts, of_row, labels = _parts([group for group in found if len(group.records)], heads, total)
    constants = {"event.module": "netflow", "soc.origin": share.origin}
    if share.observer:
        constants["observer.name"] = share.observer
    row_session = _per_row(heads.session, of_row)
    sheet = Sheet(parts, total, row_session, _first(heads), observers, labels.texts(), constants)
    return Flushed(batch(sheet), _per_row(source, of_row), source, per_message, heads, bad)


def _first(heads: Messages) -> int:
    return int(heads.session[0])


def _per_row(values: Ints, of_row: Ints) -> Ints | None:
    """Values of messages by row; None where all messages have the same."""
    return None if (values == values[0]).all() else values[of_row]


def _sources(pending: Pending) -> Ints:
    """The source of each message."""
    source = np.zeros(len(pending.heads), np.int64)
    for begin, key in pending.begins:
        source[begin:] = key
    for message, key in pending.elsewhere.items():
        source[message] = key
    return source


def _parts(found: list[Group], heads: Messages, total: int) -> tuple[list[Part], Ints, Labels]:
    """The columns of each group with their rows in the batch, and the message of each row."""
    order = np.concatenate([group.order for group in found])
    counts = np.concatenate([group.records.counts for group in found])
    begins = _begins(order, counts)
    message_of_row = np.empty(total, np.int64)
    labels = Labels()
    parts, at = [], 0
    for group in found:
        here = slice(at, at + len(group.pieces))
        at += len(group.pieces)
        of_row = np.repeat(group.message, group.records.counts)
        rows = _rows(begins[here], group.records.counts)
        message_of_row[rows] = of_row
        told = columns(group.records, Origin(heads, of_row, group.row_states(), labels))
        is_whole = len(found) == 1 and bool((np.diff(order) > 0).all())
        parts.append(Part(told, None if is_whole else rows, entries(group.records)))
    return parts, message_of_row, labels


def _begins(order: Ints, counts: Ints) -> Ints:
    """The first row of each set, when sets follow each other by ``order``."""
    rank = np.argsort(order)
    begins = np.empty(len(order), np.int64)
    begins[rank] = offsets(counts[rank])[:-1]
    return begins


def _rows(begins: Ints, counts: Ints) -> Ints:
    """Row numbers of the records of sets that begin at ``begins``."""
    rows: Ints = np.repeat(begins - offsets(counts)[:-1], counts) + np.arange(counts.sum())
    return rows

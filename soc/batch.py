"""What collectors and scanners yield: rows of one dataset and their place in the source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts that travel with a batch; they repeat when the same input comes again."""

    records: int = 0  # data records decoded
    options: int = 0  # option records (state, not events)
    refused: int = 0  # records or lines that could not be read
    waiting: int = 0  # sets still without a template (change since the last batch; may be negative)
    lost: int = 0  # missing by the sequence numbers
    dropped: int = 0  # dropped by the kernel or by our queue

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.records + other.records,
            self.options + other.options,
            self.refused + other.refused,
            self.waiting + other.waiting,
            self.lost + other.lost,
            self.dropped + other.dropped,
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """One record that was not taken: where, what, and what to do."""

    place: str  # file and row, or address of the exporter
    value: str  # what stood there, cut to a line
    remedy: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one dataset from one source, in ascending record number.

    ``rows`` holds a subset of the columns of ``soc.schema.arrow(dataset)``, among them
    ``@timestamp`` and ``soc.record`` (> 0); text columns may be dictionary-encoded; twins,
    ``event.ingested``, ``soc.source_key`` and the columns of the estate are added on append.
    Rows whose number is not above the stored position are dropped by the log, so a source may
    be read again from any earlier point. A batch without rows carries its tally only.
    """

    source: int  # source key, signed 64 bit
    dataset: str
    rows: pa.RecordBatch | None = None
    tally: Tally = field(default_factory=Tally)
    refusals: tuple[Refusal, ...] = ()  # at most 20 a batch; the tally has the count
    observer: str | None = None  # data source that delivered (health rows are per observer)

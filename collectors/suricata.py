"""Suricata EVE: JSON lines to the datasets alert, flow, dns, http, tls, firewall and other.

A record's number is the place of its line in the file: byte offset and one. So nothing is kept
between runs, and a tail goes on where its rows are stored. ``drop`` events are firewall rows;
``stats`` are state of the sensor, counted as options and not stored; every other type goes to
``other``. Counters of a flow stand in flow rows only: alerts repeat them and never carry volume.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, Self

import orjson
from pydantic import Field, model_validator

from collectors import FileSettings, Position
from collectors._files import keyed, opened
from collectors._lines import Line, lines
from collectors._suricata_derived import DERIVED, every, left
from collectors._suricata_fields import COLUMNS, DATASETS, taken
from collectors._suricata_values import moment, section, word
from collectors._tail import follow
from soc.batch import Batch, Refusal, Tally
from soc.context import Context
from soc.store import Change

if TYPE_CHECKING:
    import pyarrow as pa

_LINES_A_BATCH = 20_000
_REFUSALS_A_BATCH = 20
_QUOTED_CHARS = 80


class Settings(FileSettings):
    """``[collectors.<name>]`` with ``type = "suricata"``."""

    follow: bool = Field(
        default=False, description="Wait for more at the end of the file instead of stopping"
    )
    poll_s: float = Field(
        default=1.0, gt=0, le=60, description="Seconds between two looks at a followed file"
    )

    @model_validator(mode="after")
    def _one_path(self) -> Self:
        if self.follow and len(self.paths) != 1:
            raise ValueError("follow = true takes exactly one path; write a table for each")
        return self


class _Kept(NamedTuple):
    """One line that is an event."""

    record: int
    dataset: str
    event: dict[str, Any]


def recognise(head: bytes, name: str) -> bool:
    """True where one of the first lines is an EVE event."""
    return any(_is_event(line) for line in head.split(b"\n")[:20])


def _is_event(line: bytes) -> bool:
    event = _parsed(line)
    return event is not None and "event_type" in event and "timestamp" in event


def collect(
    settings: FileSettings, context: Context, position: Position
) -> Iterator[Batch | Change]:
    """Rows of each file in the order of its lines; lines that are no event are refused.

    Raises:
        InputError: a file cannot be read.
    """
    settings = Settings.model_validate(settings.model_dump())
    for path in settings.paths:
        read = partial(_read, path, settings)
        if settings.follow:
            yield from follow(path, context, position, settings.poll_s, read)
        else:
            source = keyed(path, context).key
            with opened(path) as stream:
                yield from read(stream, source, 0)


def _read(
    path: Path, settings: Settings, stream: IO[bytes], source: int, offset: int
) -> Generator[Batch, None, int]:
    """The lines from an offset on, where the stream stands; returns the offset after them."""
    for chunk in _chunks(_whole(lines(stream, offset), settings)):
        offset = chunk[-1].after
        yield from _batches(path, source, chunk, settings)
    return offset


def _whole(found: Iterable[Line], settings: Settings) -> Iterator[Line]:
    """A line that is still being written waits, where the file is followed."""
    return (line for line in found if line.is_ended or not settings.follow)


def _chunks(found: Iterator[Line]) -> Iterator[list[Line]]:
    while chunk := list(islice(found, _LINES_A_BATCH)):
        yield chunk


def _batches(path: Path, source: int, chunk: list[Line], settings: Settings) -> Iterator[Batch]:
    """One batch a dataset; the first carries the counts of all."""
    events: dict[str, list[_Kept]] = defaultdict(list)
    refusals: list[Refusal] = []
    records = options = 0
    for line in chunk:
        read = _event(line)
        if read is None:
            refusals += [_refusal(path, line, settings)] if line.content.strip() else []
        elif read.dataset == "":
            options += 1
        else:
            events[read.dataset].append(read)
            records += 1
    observer = settings.observer
    tally = Tally(records=records, options=options, refused=len(refusals))
    told = tuple(refusals[:_REFUSALS_A_BATCH])
    for dataset, reads in events.items():
        yield Batch(source, dataset, _rows(dataset, reads, observer), tally, told, observer)
        tally, told = Tally(), ()
    if tally != Tally():
        yield Batch(source, "other", None, tally, told, observer)


def _refusal(path: Path, line: Line, settings: Settings) -> Refusal:
    """Where a followed file goes on, its lines are not counted: their byte tells them."""
    place = f"{path}: byte {line.offset}" if settings.follow else f"{path}:{line.number}"
    value = line.content[:_QUOTED_CHARS].decode("utf-8", "replace")
    remedy = "is no EVE event: expect a JSON object with event_type and timestamp with offset"
    if not line.is_whole:
        remedy = "is longer than 4 MiB: switch off payload logging in suricata.yaml"
    return Refusal(place, value, remedy)


def _event(line: Line) -> _Kept | None:
    """The event of a line and its dataset (empty for state of the sensor); None: refused."""
    event = _parsed(line.content) if line.is_whole else None
    kind = event.get("event_type") if event else None
    if event is None or not isinstance(kind, str) or moment(event.get("timestamp")) is None:
        return None
    dataset = "" if kind == "stats" else DATASETS.get(kind, "other")
    return _Kept(line.offset + 1, dataset, event)


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return event if isinstance(event, dict) else None


def _rows(dataset: str, reads: list[_Kept], observer: str | None) -> pa.RecordBatch:
    """The events of one dataset as columns; a column that no event fills is left out."""
    import pyarrow as pa

    from soc import schema

    columns = _direct(dataset, reads) | _derived(dataset, reads)
    hide = taken(dataset)
    columns |= {
        "soc.record": [read.record for read in reads],
        "observer.name": [_observer(read, observer) for read in reads],
        "event.module": ["suricata"] * len(reads),
        "soc.other": [left(read.event, hide) for read in reads],
    }
    types = schema.arrow(dataset)
    filled = {n: c for n, c in columns.items() if any(value is not None for value in c)}
    arrays = [pa.array(values, types.field(name).type) for name, values in filled.items()]
    return pa.RecordBatch.from_arrays(arrays, names=list(filled))


def _observer(read: _Kept, observer: str | None) -> str:
    return observer or word(read.event.get("host")) or "suricata"


def _direct(dataset: str, reads: list[_Kept]) -> dict[str, list[Any]]:
    """Columns that come from one key each."""
    columns = COLUMNS[dataset]
    parts = {
        path: [section(read.event, path) for read in reads] for path in {c.section for c in columns}
    }
    return {
        column.name: [column.convert(part.get(column.key)) for part in parts[column.section]]
        for column in columns
    }


def _derived(dataset: str, reads: list[_Kept]) -> dict[str, list[Any]]:
    """Columns that come from several keys; they win over those that come from one."""
    rows = [
        {"@timestamp": moment(read.event["timestamp"])}
        | every(read.event)
        | DERIVED[dataset](read.event)
        for read in reads
    ]
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}

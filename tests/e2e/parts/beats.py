"""Beats: ``beat <time> <source> <destination>`` a line, as a small box of ours writes them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from collectors import FileSettings, Position
from collectors._files import keyed, opened
from collectors._lines import lines
from soc.batch import Batch, Refusal, Tally
from soc.errors import InputError
from soc.net import network

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from soc.context import Context

Row = tuple[int, datetime, str, str]


class Settings(FileSettings):
    """``[collectors.<name>] type = "beats"``."""


def recognise(head: bytes, name: str) -> bool:
    """True where the file begins with a beat."""
    return head.startswith(b"beat ")


def collect(settings: FileSettings, context: Context, position: Position) -> Iterator[Batch]:
    """One batch a file; a line that is no beat is refused.

    Raises:
        InputError: a file cannot be read.
    """
    for path in settings.paths:
        yield _read(path, keyed(path, context).key, settings.observer or "beats")


def _read(path: Path, source: int, observer: str) -> Batch:
    rows: list[Row] = []
    refusals: list[Refusal] = []
    with opened(path) as stream:
        for line in lines(stream):
            try:
                rows.append(_row(line.number, line.content))
            except (ValueError, InputError):
                place, value = f"{path}:{line.number}", repr(line.content[:60])
                refusals.append(Refusal(place, value, "write beat <time> <source> <destination>"))
    tally = Tally(records=len(rows), refused=len(refusals))
    return Batch(source, "flow", _table(rows, observer), tally, tuple(refusals[:20]), observer)


def _row(number: int, line: bytes) -> Row:
    word, time, source, destination = line.decode("ascii").split(" ")
    at = datetime.fromisoformat(time)
    if word != "beat" or at.tzinfo is None:
        raise ValueError(word)
    return number, at, str(network(source)), str(network(destination))


def _table(rows: list[Row], observer: str) -> pa.RecordBatch | None:
    import pyarrow as pa

    from soc import schema

    if not rows:
        return None
    names = ("soc.record", "@timestamp", "source.ip", "destination.ip", "observer.name")
    columns = [*zip(*rows, strict=True), (observer,) * len(rows)]
    declared = schema.arrow("flow")
    arrays = [
        pa.array(column, declared.field(name).type)
        for name, column in zip(names, columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, names=list(names))

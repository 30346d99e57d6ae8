"""Health of sources: one row an observer and five minutes of event time, empty ones too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from soc.batch import Batch, Tally
from soc.coverage import BIN_S

if TYPE_CHECKING:
    import pyarrow as pa

GAP_LIMIT = 7 * 24 * 12  # bins; a longer gap is not filled: without a row nothing lived either
_BIN_US = BIN_S * 1_000_000


@dataclass(slots=True)
class _Bin:
    rows: int = 0
    tally: Tally = field(default_factory=Tally)


@dataclass(slots=True)
class _Life:
    """What one observer delivered through one source, by bin."""

    origin: str
    zone: str | None
    bins: dict[int, _Bin] = field(default_factory=dict)
    told: int | None = None  # last bin that was handed out


class Health:
    """Counts rows by observer and bin, and hands the bins out as rows of dataset ``health``."""

    def __init__(self) -> None:
        self._lives: dict[tuple[int, str], _Life] = {}

    def see(self, batch: Batch, observer: str, origin: str, zone: str | None) -> None:
        """Take a batch in; what has no time of its own counts in the newest bin seen so far."""
        if batch.rows is not None and batch.rows.num_rows:
            for name, counts in _counted(batch.rows, observer).items():
                life = self._lives.setdefault((batch.source, name), _Life(origin, zone))
                for number, rows in counts.items():
                    life.bins.setdefault(number, _Bin()).rows += rows
        self._note(batch, observer)

    def _note(self, batch: Batch, observer: str) -> None:
        life = self._lives.get((batch.source, observer))
        if life is not None and life.bins and batch.tally != Tally():
            newest = life.bins[max(life.bins)]
            newest.tally = newest.tally + batch.tally

    def ended(self) -> Iterator[Batch]:
        """Bins that are two bins old, for a source that goes on delivering."""
        for (source, observer), life in self._lives.items():
            yield from _told(source, observer, life, upto=max(life.bins, default=0) - 2)

    def rest(self) -> Iterator[Batch]:
        """Every bin that was not handed out."""
        for (source, observer), life in self._lives.items():
            yield from _told(source, observer, life, upto=max(life.bins, default=0))


def health_source(source: int, observer: str) -> int:
    """The source key of the health rows of an observer: the same whenever the source is read."""
    digest = sha256(f"health\0{source}\0{observer}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _counted(rows: pa.RecordBatch, observer: str) -> dict[str, dict[int, int]]:
    """Rows by observer and bin; rows without a time, or of before 1970, are in no bin."""
    import pyarrow as pa
    import pyarrow.compute as pc

    bins = pc.divide(rows.column("@timestamp").cast(pa.int64()), _BIN_US)
    names = rows.column("observer.name") if "observer.name" in rows.schema.names else None
    table = pa.table(
        {"bin": bins, "observer": names if names is not None else _same(observer, bins)}
    )
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for group in table.group_by(["observer", "bin"]).aggregate([([], "count_all")]).to_pylist():
        if group["bin"] is not None and group["bin"] >= 0:
            found[group["observer"] or observer][group["bin"]] = group["count_all"]
    return found


def _same(text: str, like: pa.Array) -> pa.Array:
    import pyarrow as pa

    return pa.repeat(pa.scalar(text), len(like))


def _told(source: int, observer: str, life: _Life, upto: int) -> Iterator[Batch]:
    """One batch with the bins up to a number, the empty ones between them filled in."""
    numbers = sorted(n for n in life.bins if n <= upto)
    numbers = list(_filled(life.told, numbers))
    if not numbers:
        return
    rows = [_row(number, observer, life) for number in numbers]
    life.told = numbers[-1]
    for number in numbers:
        life.bins.pop(number, None)
    yield Batch(health_source(source, observer), "health", _batch(rows), observer=observer)


def _filled(told: int | None, numbers: list[int]) -> Iterator[int]:
    """The numbers with the gaps between them, from the one after ``told``."""
    known = [number for number in numbers if told is None or number > told]
    if not known:
        return
    if told is None:
        yield known[0]
    for before, after in pairwise(known if told is None else [told, *known]):
        if after - before <= GAP_LIMIT:
            yield from range(before + 1, after)
        yield after


def _row(number: int, observer: str, life: _Life) -> dict[str, Any]:
    seen = life.bins.get(number, _Bin())
    return {
        "@timestamp": number * _BIN_US,
        "soc.record": number + 1,
        "observer.name": observer,
        "soc.origin": life.origin,
        "soc.health.live": seen.rows > 0,
        "soc.health.rows": seen.rows,
        "soc.health.refused": seen.tally.refused,
        "soc.health.lost": seen.tally.lost,
        "soc.health.dropped": seen.tally.dropped,
        "soc.health.waiting": max(0, seen.tally.waiting),
        "soc.health.zone": life.zone,
    }


def _batch(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    import pyarrow as pa

    from soc import schema

    types = schema.arrow("health")
    wanted = pa.schema([types.field(name) for name in rows[0]])
    return pa.RecordBatch.from_pylist(rows, schema=wanted)

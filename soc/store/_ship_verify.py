"""Both sides compared by id: what the log holds, and what the server has of this host."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from soc._columns import INGESTED, RECORD_NUMBER, SOURCE_KEY, question
from soc.errors import InputError
from soc.query import Period
from soc.store import _ship_read as read
from soc.store._elastic_clause import every, none_of
from soc.store._elastic_document import AT, identifier
from soc.store._elastic_names import stream
from soc.store._elastic_pages import pages
from soc.store._elastic_plan import odd, plan, shipped, within
from soc.store._ship_place import BEGINNING, Home, Known, Place
from soc.where import EVERYTHING

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from soc.calendar import Calendar
    from soc.store._ship_letters import Letters
    from soc.store._ship_read import Unit
    from soc.store.log import DeltaLog

Ids = npt.NDArray[np.bytes_]
TOLD = 5  # ids of each sort
_SPELLED = re.compile(r"(\d{4}-\d{2})(-\d{2})?(?:\.\.(\d{4}-\d{2}-\d{2}))?")
_EMPTY: Ids = np.empty(0, "S32")


@dataclass(frozen=True, slots=True)
class Compared:
    """One dataset, both sides; times are those of the events."""

    dataset: str
    log: int
    server: int
    missing: int  # decided, no letter, not on the server
    extra: int
    doubled: int
    letters: int
    unshipped: int
    first_missing: tuple[str, ...] = ()
    first_extra: tuple[str, ...] = ()
    first_doubled: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        return self.missing == self.extra == self.doubled == 0


def period(spelled: str, calendar: Calendar) -> Period:
    """The days that a text names: ``2026-03-18``, ``2026-03`` or ``2026-03-01..2026-03-07``.

    Raises:
        InputError: it names none.
    """
    found = _SPELLED.fullmatch(spelled)
    try:
        if found is None:
            raise ValueError(spelled)
        month, day, last = found.groups()
        if day is None and last is None:
            return calendar.month(date.fromisoformat(f"{month}-01"))
        first = date.fromisoformat(f"{month}{day}")
        return calendar.days(first, date.fromisoformat(last) if last else first)
    except (ValueError, TypeError) as error:
        raise InputError(
            f"--verify: {spelled!r}: write 2026-03-18, 2026-03 or 2026-03-01..2026-03-07"
        ) from error


@dataclass(frozen=True)
class Sides:
    """What is compared."""

    log: DeltaLog
    client: Elasticsearch
    namespace: str
    home: Home
    letters: Letters


def compared(sides: Sides, dataset: str, asked: Period) -> Compared | None:
    """A dataset over a period, day by day; None where neither side holds a row.

    Raises:
        StoreError: the role may not read, or a file of the log is gone.
    """
    kept = _letters(sides.letters, dataset)
    days = [_day(sides, dataset, day, kept) for day in _days(asked)]
    found = [day for day in days if day.log or day.server]
    return _summed(dataset, found) if found else None


def _days(asked: Period) -> Iterator[Period]:
    start = asked.start
    while start < asked.end:
        end = min(asked.end, start + timedelta(days=1))
        yield Period(start, end)
        start = end


def _day(sides: Sides, dataset: str, day: Period, kept: Ids) -> Compared:
    newest = sides.log.version(dataset)
    known = sides.home.known(dataset)
    done = known.done if known else BEGINNING
    there, doubled = _counted(_on_server(sides, dataset, day))
    units = read.units(sides.log, dataset, Known(), newest, day) if newest >= 0 else []
    decided, _ = _counted(_in_log(units, sides.log.origin, day, done, decided=True))
    later, _ = _counted(_in_log(units, sides.log.origin, day, done, decided=False))
    missing = np.setdiff1d(np.setdiff1d(decided, there), kept)
    extra = np.setdiff1d(there, np.union1d(decided, later))
    return Compared(
        dataset,
        log=len(decided) + len(later),
        server=len(there),
        missing=len(missing),
        extra=len(extra),
        doubled=len(doubled),
        letters=len(np.intersect1d(kept, decided)),
        unshipped=len(np.setdiff1d(later, there)),
        first_missing=_told(missing),
        first_extra=_told(extra),
        first_doubled=_told(doubled),
    )


def _told(ids: Ids) -> tuple[str, ...]:
    return tuple(id.decode("ascii") for id in ids[:TOLD].tolist())


def _counted(parts: Iterable[Ids]) -> tuple[Ids, Ids]:
    """The ids, and those that are there more than once."""
    ids, counts = np.unique(np.concatenate([_EMPTY, *parts]), return_counts=True)
    return ids, ids[counts > 1]


def _in_log(
    units: Iterable[Unit], origin: str, day: Period, done: Place, *, decided: bool
) -> Iterator[Ids]:
    """Ids of the rows of a day that stand before the position, or after it."""
    wanted = [AT, INGESTED, SOURCE_KEY, RECORD_NUMBER]
    for unit in units:
        row = 0
        for batch in read.batches(unit.path, wanted):
            first, row = row, row + batch.num_rows
            end = unit.place(first + batch.num_rows)
            cut = batch.num_rows
            if done <= unit.place(first):
                cut = 0
            elif done < end:
                cut = done.row - unit.first - first
            part = batch.slice(0, cut) if decided else batch.slice(cut)
            rows = _of_day(part, day).to_pylist()
            yield np.array([identifier(one, origin) for one in rows], "S32")


def _of_day(batch: pa.RecordBatch, day: Period) -> pa.RecordBatch:
    if AT not in batch.schema.names:
        return batch.slice(0, 0)
    at = batch.column(AT)
    is_in = pc.and_(
        pc.greater_equal(at, pa.scalar(day.start, at.type)),
        pc.less(at, pa.scalar(day.end, at.type)),
    )
    return batch.filter(is_in)


def _on_server(sides: Sides, dataset: str, day: Period) -> Iterator[Ids]:
    """Ids of the documents of this host; those whose time the server cannot hold left out."""
    asked = plan(within(day, EVERYTHING), question(dataset)).query
    own = shipped(None, frozenset({sides.log.origin}))
    body = {
        "query": every([own, asked, none_of(odd([AT]))]),
        "_source": False,
        "sort": [{"_shard_doc": {"order": "asc"}}],
    }
    with pages(sides.client, stream(dataset, sides.namespace)) as found:
        for hits in found.hits(body):
            yield np.array([hit["_id"] for hit in hits], "S32")


def _letters(letters: Letters, dataset: str) -> Ids:
    """Ids of the documents that wait in a letter or were given up."""
    found: Any = [
        document.id
        for letter in letters.all()
        if letter.dataset == dataset and letter.state != "delivered"
        for document in letters.documents(letter.id)
    ]
    return np.unique(np.array(found, "S32"))


def _summed(dataset: str, days: list[Compared]) -> Compared:
    def total(name: str) -> int:
        return sum(getattr(day, name) for day in days)

    def first(name: str) -> tuple[str, ...]:
        return tuple(id for day in days for id in getattr(day, name))[:TOLD]

    return Compared(
        dataset,
        log=total("log"),
        server=total("server"),
        missing=total("missing"),
        extra=total("extra"),
        doubled=total("doubled"),
        letters=total("letters"),
        unshipped=total("unshipped"),
        first_missing=first("first_missing"),
        first_extra=first("first_extra"),
        first_doubled=first("first_doubled"),
    )

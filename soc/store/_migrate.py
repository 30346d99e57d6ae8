"""Records from one store to the other, with their whole history, watermarks and numbers.

A target may hold part of what the source holds, as after moving there and back; of anything
else nothing is copied. All is written in one set, so a run that dies leaves nothing, or all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from soc.errors import Conflict, StoreError
from soc.query import Marks
from soc.store.records import Stored


@dataclass(frozen=True, slots=True)
class Counters:
    """What a store holds beside records."""

    marks: Mapping[str, Marks]  # by reader
    numbers: Mapping[tuple[str, int], int]  # by series and year


class Side(Protocol):
    """One of the two stores."""

    place: str

    def revisions(self) -> Iterator[Stored]:
        """Every revision by kind, id and revision."""

    def counters(self) -> Counters:
        """Watermarks and numbers."""

    def take(self, revisions: Iterable[Stored], counters: Counters) -> int:
        """Store these revisions and counters in one set, told to no audit log; how many."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a store holds of one kind."""

    kind: str
    records: int
    revisions: int
    digest: str  # over every revision, 32 hexadecimal digits


def moved(source: Side, target: Side) -> tuple[int, list[Kind]]:
    """How many revisions were new to the target, and what both hold now, kind by kind.

    Raises:
        StoreError: the target holds what the source does not; nothing was copied.
        Conflict: one of them was written to meanwhile: repeat it.
    """
    counters = source.counters()
    _check_numbers(counters, target)
    new = target.take(_missing(source, target), counters)
    held, there = kinds(source.revisions()), kinds(target.revisions())
    if held != there or source.counters() != target.counters():
        raise Conflict(f"{source.place}: was written to meanwhile: run it again")
    return new, held


def kinds(revisions: Iterator[Stored]) -> list[Kind]:
    """Counts and digest of every kind, of revisions by kind, id and revision."""
    return [_counted(kind, of_kind) for kind, of_kind in groupby(revisions, lambda s: s.kind)]


def _counted(kind: str, revisions: Iterator[Stored]) -> Kind:
    digest, records, count, last = hashlib.sha256(), 0, 0, None
    for stored in revisions:
        count += 1
        records += stored.id != last
        last = stored.id
        for part in (stored.id.encode(), stored.change.encode(), stored.document):
            digest.update(b"%d %d:" % (stored.revision, len(part)) + part)
    return Kind(kind, records, count, digest.hexdigest()[:32])


def _missing(source: Side, target: Side) -> Iterator[Stored]:
    """What the target lacks, in order."""
    there = target.revisions()
    found = next(there, None)
    for stored in source.revisions():
        if found is not None and _key(found) < _key(stored):
            raise _other(found, source, target)
        if found is None or _key(found) > _key(stored):
            yield stored
            continue
        if found != stored:
            raise _other(found, source, target)
        found = next(there, None)
    if found is not None:
        raise _other(found, source, target)


def _key(stored: Stored) -> tuple[str, str, int]:
    return stored.kind, stored.id, stored.revision


def _other(found: Stored, source: Side, target: Side) -> StoreError:
    return StoreError(
        f"{target.place}: holds other records: {found.kind} {found.id} revision {found.revision} "
        f"is not in {source.place}: take an empty target"
    )


def _check_numbers(counters: Counters, target: Side) -> None:
    for (series, year), number in target.counters().numbers.items():
        if number > counters.numbers.get((series, year), 0):
            raise StoreError(
                f"{target.place}: holds other records: number {series}-{year}-{number} was given "
                "out there: take an empty target"
            )

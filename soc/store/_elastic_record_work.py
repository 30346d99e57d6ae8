"""One set of changes, from its first to its commit.

A small set is checked against what stands and committed by one swap of the head; if the head
moved meanwhile it is checked anew. A large set, or one that takes numbers, is written alone:
its writer has the turn from the first chunk until the commit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from soc.errors import Conflict, StoreError, StoreUnavailable
from soc.query import Marks
from soc.store._elastic_record_document import Document, mark
from soc.store._elastic_record_head import Head
from soc.store._elastic_record_settle import Settler
from soc.store._elastic_record_turn import Read
from soc.store._elastic_record_write import Places

CHUNK = 1_000  # changes
Each = TypeVar("Each")  # what a set is made of
Wanted = TypeVar("Wanted", contravariant=True)


@dataclass(frozen=True, slots=True)
class Advance:
    """A reader's watermark that moves with the set."""

    reader: str
    before: Marks
    after: Marks

    def moved(self, places: Places) -> tuple[Document, ...]:
        """The marks as they are from then on.

        Raises:
            Conflict: the watermark is not the one before.
        """
        stored, version = places.mark(self.reader)
        if stored != dict(self.before):
            raise Conflict(
                f"watermark of {self.reader}: is {stored}, not {dict(self.before)}: "
                "read it and retry"
            )
        return (mark(self.reader, self.after, version + 1),)


class Moves(Protocol):
    """The watermarks that move with a set."""

    def moved(self, places: Places) -> tuple[Document, ...]:
        """The marks as they are from then on, where they are now as they should."""


class Prepares(Protocol[Wanted]):
    """Makes prepared changes of what is wanted."""

    def prepare(self, changes: Sequence[Wanted], seq: int) -> list[Document]:
        """Those that were not applied yet, numbered after ``seq``."""


class Work(Generic[Each]):
    """A set under way in one thread."""

    def __init__(
        self,
        settler: Settler,
        planner: Callable[[], Prepares[Each]],
        host: str,
        chunk: int = CHUNK,
        numbers: Mapping[str, int] | None = None,
    ) -> None:
        """``planner`` begins to prepare a set; ``numbers`` are true once it is committed."""
        self._settler = settler
        self._planner = planner
        self._host = host
        self._chunk = chunk
        self._turn: Read | None = None
        self._touched = planner()
        self._written_s = 0.0  # when the head was written last, by our own clock
        self._kept = 0  # changes that stand in chunks
        self._numbers = dict(numbers or {})

    def done(self, changes: Iterable[Each], advance: Moves | None) -> int:
        """All changes committed and in their place; how many were new.

        Raises:
            Conflict: a revision or the watermark is not the expected one; nothing was applied.
            StoreError: a change that may not be, or the server refuses; nothing was applied.
            StoreUnavailable: repeat it: either all was applied, or nothing.
        """
        chunk: list[Each] = []
        for change in changes:
            if len(chunk) == self._chunk:
                self._keep(chunk)
                chunk = []
            chunk.append(change)
            self._beat()
        return self._commit(chunk, advance)

    def number(self, series: str) -> int:
        """The next number of a series; it is used if the set is."""
        head = self._taken().head
        last = self._numbers.get(series, head.numbers.get(series, 0))
        self._numbers[series] = last + 1
        return last + 1

    def give_up(self) -> None:
        """Nothing of the set is true; others need not wait."""
        if self._turn is not None:
            turn, self._turn = self._turn, None
            with suppress(StoreError):
                self._settler.let_go(turn)

    def _keep(self, chunk: Sequence[Each]) -> None:
        read = self._taken()
        operations = self._touched.prepare(chunk, read.head.seq + self._kept)
        turn = self._swapped(read, read.head.grown()).head.turn
        if turn is not None:
            self._settler.places.keep(turn.name, turn.chunks - 1, operations)
        self._kept += len(operations)

    def _commit(self, chunk: Sequence[Each], advance: Moves | None) -> int:
        while True:
            read = self._turn or self._settler.settled(alone=True)
            marks = advance.moved(self._settler.places) if advance else ()
            planner = self._touched if self._turn else self._planner()
            operations = planner.prepare(chunk, read.head.seq + self._kept)
            new = self._kept + len(operations)
            if not (new or marks or self._numbers):
                self.give_up()
                return 0
            wanted = read.head.committed(tuple(operations), new, marks, self._numbers)
            won = self._settler.heads.swap(read, wanted)
            if won is not None:
                self._turn = None
                self._settler.finish(won)
                return new
            if self._turn is not None:
                self._turn = None
                raise _lost()

    def _taken(self) -> Read:
        while self._turn is None:
            read = self._settler.settled(alone=True)
            self._turn = self._settler.heads.swap(read, read.head.taken(self._host))
            self._written_s = time.monotonic()
        return self._turn

    def _beat(self) -> None:
        """While the changes are still coming, others see that we are alive."""
        read = self._turn
        if read is not None and time.monotonic() - self._written_s > self._settler.turn_s / 3:
            self._swapped(read, read.head.renewed())

    def _swapped(self, read: Read, head: Head) -> Read:
        now = self._settler.heads.swap(read, head)
        if now is None:
            self._turn = None
            raise _lost()
        self._turn, self._written_s = now, time.monotonic()
        return now


def _lost() -> StoreUnavailable:
    return StoreUnavailable("records: another host went on meanwhile: try again")

"""Finishing what was committed, by whoever comes next, and waiting for those who are at it.

No clock of any host decides who is dead: a head that stays the same for ``turn_s`` seconds, as
the one who waits measures them, was left. If its writer was alive after all, its next swap
fails, for the head is another one: waiting too little loses and doubles nothing.
"""

from __future__ import annotations

import random
import time

from soc.errors import StoreError
from soc.store._elastic_record_head import Head
from soc.store._elastic_record_turn import Heads, Read
from soc.store._elastic_record_write import Places

TURN_S = 15.0
_SLEEPS_S = (0.005, 0.2)


class Settler:
    """Keeps the store of one namespace whole."""

    def __init__(self, heads: Heads, places: Places, turn_s: float) -> None:
        self.heads = heads
        self.places = places
        self.turn_s = turn_s

    def settled(self, *, alone: bool = False) -> Read:
        """The head when all that is committed is in its place; ``alone``: and nobody has a turn.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        sleep_s, seen, since = _SLEEPS_S[0], "", time.monotonic()
        while True:
            read = self.heads.read()
            head = read.head
            if head.pending is None and not (alone and head.turn is not None):
                return read
            if head.write != seen:
                seen, since = head.write, time.monotonic()
            if time.monotonic() - since >= self.turn_s:
                self._taken_over(read)
                continue
            time.sleep(sleep_s * (0.5 + random.random()))  # noqa: S311 - so that two do not meet
            sleep_s = min(sleep_s * 1.5, _SLEEPS_S[1])

    def _taken_over(self, read: Read) -> None:
        """What a process left that died: a committed set is finished, another one forgotten."""
        head = read.head
        if head.pending is not None:
            self.finish(read)
        elif head.turn is not None and self.heads.swap(read, head.settled()) is not None:
            self.places.drop(head.turn.name, head.turn.chunks)

    def finish(self, read: Read) -> None:
        """The pending set is in its place; nothing where somebody else is at it too.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        pending = read.head.pending
        if pending is None:
            return
        now = read
        for chunk in range(pending.done, pending.chunks):
            operations = self.places.kept(pending.name, chunk)
            if operations is None:  # somebody else has finished it and dropped its chunks
                self._check_moved(pending.name, chunk)
                return
            self.places.put(operations, refresh=False)
            later = self.heads.swap(now, now.head.placed(chunk + 1))
            if later is None:  # somebody else goes on with it
                return
            now = later
        self.places.put(pending.rest, pending.marks, refresh=True)
        if self.heads.swap(now, now.head.settled()) is not None:
            self.places.drop(pending.name, pending.chunks)

    def _check_moved(self, name: str, chunk: int) -> None:
        pending = self.heads.read().head.pending
        if pending is not None and pending.name == name:
            raise StoreError(f"records: chunk {chunk} of a set is gone: restore a snapshot")

    def let_go(self, read: Read) -> None:
        """A writer gives up its turn; nothing of its set was ever true."""
        turn = read.head.turn
        if turn is not None and self.heads.swap(read, read.head.settled()) is not None:
            self.places.drop(turn.name, turn.chunks)


def is_moment(before: Head, after: Head) -> bool:
    """True where nothing was committed or put in its place between two readings of the head."""
    return (before.seq, before.pending) == (after.seq, after.pending)

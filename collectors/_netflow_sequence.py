"""Loss by sequence numbers, when exporters count in ways of their own.

NetFlow version 5 counts flows, version 9 datagrams (RFC 3954, section 5.1), IPFIX data records
with options data (RFC 7011, section 3.1). Real ones leave out options or count messages; so
the way is learned from the first steps, and loss is told only where one way fits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

LEARN = 16  # steps after which the way of counting is settled
_WRAP = 1 << 32
_RESTART = 1 << 16  # a jump back of more than this is a restart of the exporter, not a reorder
_OUTAGE = 1 << 26  # a jump forward of more than this is one too: no outage loses as much


@dataclass(frozen=True, slots=True)
class Step:
    """A message: its number and by how much it moves the number, by each way of counting."""

    sequence: int
    ways: tuple[int, ...] | None  # None: a set of it could not be counted
    is_restart: bool = False  # the exporter's uptime went back


@dataclass(slots=True)
class Counter:
    """Follows one exporter; ``lost`` never depends on how messages come in batches."""

    early: list[Step] = field(default_factory=list)
    way: int | None = None
    is_settled: bool = False
    expected: int | None = None
    missing: int = 0  # units told as lost and not come since

    def follow(self, step: Step) -> int:
        """Units found missing by this message (negative: some came late after all)."""
        if self.is_settled:
            return self._moved(step)
        self.early.append(step)
        return self.settle() if len(self.early) > LEARN else 0

    def follow_all(self, sequences: Ints, moves: Ints) -> bool:
        """Follow messages that leave no gap, all at once; False, and nothing done, where one does.

        ``moves`` is how far each moves the number, by the way that is settled.
        """
        if self.expected is None or sequences[0] != self.expected:
            return False
        after = (sequences + moves) % _WRAP
        if (after[:-1] != sequences[1:]).any():
            return False
        self.expected = int(after[-1])
        return True

    def settle(self) -> int:
        """Decide on a way with what was seen; what the early messages lost, by it."""
        if self.is_settled:
            return 0
        early, self.early, self.is_settled = self.early, [], True
        self.way = _fitting(early)
        return sum(self._moved(step) for step in early)

    def _moved(self, step: Step) -> int:
        if self.way is None:
            return 0
        moves = step.ways[self.way] if step.ways is not None else None
        if self.expected is None or moves is None or step.is_restart:
            self._anchor(step, moves)
            return 0
        gap = (step.sequence - self.expected + (_WRAP >> 1)) % _WRAP - (_WRAP >> 1)
        if -_RESTART <= gap < 0:  # it came late, if it was missed, or a second time
            found = -min(moves, self.missing)
        else:
            self._anchor(step, moves)
            found = gap if 0 <= gap <= _OUTAGE else 0
        self.missing += found
        return found

    def _anchor(self, step: Step, moves: int | None) -> None:
        self.expected = None if moves is None else (step.sequence + moves) % _WRAP


def _fitting(steps: list[Step]) -> int | None:
    """The way that explains most steps, at least half of them; the standard's first."""
    pairs = [
        (before.ways, (after.sequence - before.sequence) % _WRAP)
        for before, after in pairwise(steps)
        if before.ways is not None and not after.is_restart
    ]
    if not pairs:
        return None
    fits = [
        sum(ways[way] == difference for ways, difference in pairs)
        for way in range(len(pairs[0][0]))
    ]
    best = max(range(len(fits)), key=lambda way: (fits[way], -way))
    return best if 2 * fits[best] >= len(pairs) else None

"""Spans that overlap, each with an end of validity, as spans that do not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from heapq import heappop, heappush

Piece = tuple[int, int, datetime]  # first and last address, end of validity


def overlaid(pieces: Iterable[Piece]) -> list[Piece]:
    """The same addresses in disjoint spans, each with the latest end that any piece gives it.

    Adjoining spans with one end are one. A sweep by address: n log n.
    """
    waiting = sorted(pieces, key=lambda piece: piece[0], reverse=True)
    over: list[tuple[float, int, datetime]] = []  # pieces above the sweep, latest end first
    found: list[Piece] = []
    at = 0
    while waiting or over:
        if not over:
            at = waiting[-1][0]
        while waiting and waiting[-1][0] <= at:
            _, last, end = waiting.pop()
            heappush(over, (-end.timestamp(), last, end))
        _, last, end = over[0]
        if last < at:
            heappop(over)
            continue
        stop = min(last, waiting[-1][0] - 1) if waiting else last
        _extend(found, (at, stop, end))
        at = stop + 1
    return found


def _extend(found: list[Piece], piece: Piece) -> None:
    first, last, end = piece
    if found and found[-1][2] == end and found[-1][1] + 1 == first:
        found[-1] = (found[-1][0], last, end)
    else:
        found.append(piece)

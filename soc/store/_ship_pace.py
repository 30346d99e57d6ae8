"""How many requests are on their way at once, and how long to wait before one is sent again.

Additive increase, multiplicative decrease: each request that is answered in time widens the
window a little, each that is pushed back or slow narrows it.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

FIRST = 2.0  # requests at once, to begin with
A_NODE = 4  # at most, for each host that is named
SLOW_S = 2.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the shipper waits for what; seconds."""

    first_s: float = 0.1  # before the first repetition
    most_s: float = 20.0  # between two repetitions
    away_s: float | None = 10.0  # for a server that does not answer; None: for ever
    refused_s: float | None = 120.0  # for one that answers and takes nothing


FOR_EVER = Patience(away_s=None, refused_s=None)


def wait_s(tries: int, patience: Patience) -> float:
    """Full jitter: anything up to a limit that doubles with each try."""
    return random.uniform(0, min(patience.most_s, patience.first_s * 2 ** min(tries, 16)))  # noqa: S311


def wider(window: float, most: int) -> float:
    """After an answer in time: one more for each full round."""
    return min(float(most), window + 1 / window)


def narrower(window: float, *, is_refused: bool) -> float:
    """After a push-back half; after a slow answer a little less."""
    return max(1.0, window * (0.5 if is_refused else 0.8))


class Pace:
    """A gate that at most ``window`` requests pass at once; for many threads."""

    def __init__(self, most: int) -> None:
        self.window = min(FIRST, most)
        self.in_flight = 0
        self.most_bytes = 1 << 40  # less once the server has called a request too large
        self._most = most
        self._narrowed_at = 0.0
        self._gate = threading.Condition()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The block is one request."""
        with self._gate:
            self._gate.wait_for(lambda: self.in_flight < max(1, int(self.window)))
            self.in_flight += 1
        try:
            yield
        finally:
            with self._gate:
                self.in_flight -= 1
                self._gate.notify_all()

    def answered(self, took_s: float, *, is_refused: bool) -> None:
        """A request came back; what was sent before the last narrowing narrows nothing more."""
        now = time.monotonic()
        with self._gate:
            if not is_refused and took_s < SLOW_S:
                self.window = wider(self.window, self._most)
            elif now - took_s >= self._narrowed_at:
                self.window = narrower(self.window, is_refused=is_refused)
                self._narrowed_at = now
            self._gate.notify_all()

"""A clock for made days: it starts where it is set and hardly moves.

So what a slow machine does has the times that a fast one gives it, and two moments still differ.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

PACE = 0.01  # seconds of the made day in one of the real one


class MadeClock:
    """Implements ``soc.context.Clock``."""

    def __init__(self, start: datetime) -> None:
        self.set(start)

    def set(self, now: datetime) -> None:
        """From here on."""
        self._start = now.astimezone(UTC)
        self._began_s = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=PACE * (time.monotonic() - self._began_s))

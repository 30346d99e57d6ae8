"""A clock for made days: it starts where it is set and runs at the speed of the real one."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class MadeClock:
    """Implements ``soc.context.Clock``."""

    def __init__(self, start: datetime) -> None:
        self.set(start)

    def set(self, now: datetime) -> None:
        """From here on."""
        self._start = now.astimezone(UTC)
        self._began_s = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._began_s)

"""What the shipper is doing right now: counted by its threads, read by whoever asks."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Literal

log = logging.getLogger(__name__)

State = Literal["off", "idle", "shipping", "waiting", "blocked", "stopped", "failed"]
HELD_S = 5.0  # a failure that is met at each try is told between the tries as well
WORST: tuple[State, ...] = ("failed", "stopped", "blocked", "waiting", "shipping", "idle")


@dataclass(frozen=True, slots=True)
class Doing:
    """What becomes of one dataset; ``error`` in the words of who refused."""

    state: State = "idle"
    error: str = ""
    since_s: float | None = None  # monotonic: since when nothing has had a verdict


@dataclass
class Watch:
    """Counters and troubles of one process, by dataset; safe for many threads."""

    rows: int = 0  # with a final verdict
    stored: int = 0
    already: int = 0
    letters: int = 0
    retries: int = 0  # requests that had to be sent again
    _doing: dict[str, Doing] = field(default_factory=dict)
    _failed: dict[str, tuple[float, Doing]] = field(default_factory=dict)
    _mutex: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def counted(self, dataset: str, *, stored: int = 0, already: int = 0, letters: int = 0) -> None:
        """Documents have their final verdict: whatever trouble there was is over."""
        with self._mutex:
            self.rows += stored + already + letters
            self.stored += stored
            self.already += already
            self.letters += letters
            self._doing[dataset] = Doing("shipping")

    def troubled(self, dataset: str, state: State, error: str) -> float:
        """A request is sent again; for how many seconds nothing has had a verdict."""
        now = time.monotonic()
        with self._mutex:
            self.retries += 1
            before = self._doing.get(dataset, Doing()).since_s
            since_s = now if before is None else before
            is_new = self._doing.get(dataset, Doing()).state != state
            self._doing[dataset] = Doing(state, error, since_s)
        if is_new:
            facts = {"soc.dataset": dataset, "soc.state": state, "error.message": error}
            log.warning("not shipping for now", extra=facts)
        return now - since_s

    def told(self, dataset: str, state: State, error: str = "") -> None:
        """What the shipper does about a dataset from now on."""
        doing = Doing(state, error)
        with self._mutex:
            self._doing[dataset] = doing
            if state in ("failed", "stopped"):
                self._failed[dataset] = time.monotonic(), doing
            elif state == "idle":
                self._failed.pop(dataset, None)

    def of(self, dataset: str) -> Doing:
        """What becomes of a dataset."""
        with self._mutex:
            return self._doing.get(dataset, Doing())

    def now(self) -> Doing:
        """The worst of what is going on, or failed just now and is tried again."""
        since_s = time.monotonic() - HELD_S
        with self._mutex:
            doing = [one for at_s, one in self._failed.values() if at_s >= since_s]
            doing += self._doing.values()
        return min(doing, key=lambda one: WORST.index(one.state), default=Doing())

"""One dataset from where it was to what the log holds now."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from soc.errors import StoreError, StoreUnavailable
from soc.store import _ship_read as read
from soc.store._ship_place import BEGINNING, Home, Known, Place
from soc.store._ship_send import Halted, Sender, Settled

if TYPE_CHECKING:
    from soc.store._ship_letters import Letters
    from soc.store._ship_pace import Pace, Patience
    from soc.store._ship_read import Load, Unit
    from soc.store._ship_watch import Watch
    from soc.store._ship_wire import Wire
    from soc.store.log import DeltaLog

log = logging.getLogger(__name__)

STRIDE_ROWS = 50_000  # rows that may be sent beyond the position: so many are asked for at most
STRIDE_US = 3_600_000_000  # of event.ingested, likewise
UNDER_WAY = 16  # loads of a dataset that are sent or wait for those before them
KEPT_S = 1.0  # between two writes of the position, unless the intention moves
PUBLISHED_S = 5.0  # between two marks while much is left to ship
LOOKED_S = 600.0  # between two looks at which backing index is written to


@dataclass(frozen=True)
class Means:
    """What every pass works with."""

    log: DeltaLog
    wire: Wire
    home: Home
    letters: Letters
    pace: Pace
    watch: Watch
    patience: Patience
    stop: threading.Event


class Pass:
    """Ships one dataset, as often as it is asked to; one at a time."""

    def __init__(self, dataset: str, means: Means) -> None:
        self.dataset = dataset
        self._means = means
        self._known: Known | None = None
        self._published: int | None = None  # None: not asked yet
        self._published_at = self._kept_at = 0.0
        self._looked_at: float | None = None
        self._is_checked = False
        self._under_way: deque[tuple[Load, Future[Settled]]] = deque()

    def has_news(self) -> bool:
        """True where something is in the log that has no verdict, or no reader may see it."""
        newest = self._means.log.version(self.dataset)
        if newest < 0:
            return False
        known = self._known
        return known is None or known.done.version <= newest or self._published != newest

    def run(self) -> None:
        """All that is in the log now gets its verdict, and readers may see it.

        Raises:
            StoreError: somebody has to mend something; StoreUnavailable: not now.
        """
        newest = self._means.log.version(self.dataset)
        if newest < 0:
            return
        sender = self._sender()
        try:
            known = self._begun(sender, newest)
            if known.done.version <= newest:
                self._means.watch.told(self.dataset, "shipping")
                self._ship(sender, known, newest)
            self._publish(sender, newest)
            self._means.watch.told(self.dataset, "idle")
        except BaseException:
            self._known = None  # what is uncertain now is read back from the home
            raise

    def _sender(self) -> Sender:
        means = self._means
        return Sender(means.wire, self.dataset, means.pace, means.watch, means.patience, means.stop)

    def _begun(self, sender: Sender, newest: int) -> Known:
        """Where the dataset stands; what is uncertain is known before anything is sent."""
        known = self._known or self._means.home.known(self.dataset)
        if known is None:  # never shipped, or the home forgot: then all of it is asked for
            self._check_template(sender)
            has_begun = sender.insisted(lambda: self._means.wire.begin(self.dataset))
            known = Known(intended=Place(newest + 1) if has_begun else BEGINNING)
        shipped = max(known.done.version - 1, self._mark(sender))
        if shipped > newest:
            raise StoreError(
                f"{self.dataset}: was shipped up to version {shipped}, and the log ends at "
                f"{newest}: restore the log, or ship it to another elasticsearch.namespace"
            )
        self._known = self._since(sender, known)
        sender.since = self._known.since
        self._published_at = time.monotonic()
        return self._known

    def _check_template(self, sender: Sender) -> None:
        if not self._is_checked:
            sender.check_template()
            self._is_checked = True

    def _since(self, sender: Sender, known: Known) -> Known:
        """Nothing uncertain lies in a backing index older than the one written to before it."""
        now = time.monotonic()
        if known.uncertain or (self._looked_at is not None and now - self._looked_at < LOOKED_S):
            return known
        found = sender.insisted(lambda: self._means.wire.generations(self.dataset))
        self._looked_at = now
        return replace(known, since=max(found.values(), default=0))

    def _mark(self, sender: Sender) -> int:
        if self._published is None:
            self._published = sender.insisted(lambda: self._means.wire.published(self.dataset))
        return self._published

    def _ship(self, sender: Sender, known: Known, newest: int) -> None:
        found = read.units(self._means.log, self.dataset, known, newest)
        if found:
            self._check_template(sender)
        pool = ThreadPoolExecutor(UNDER_WAY, thread_name_prefix=f"ship-{self.dataset}")
        try:
            self._feed(sender, found, known, pool)
        except BaseException:
            sender.halt.set()
            with suppress(StoreUnavailable):  # what is known is kept, where there is room
                self._keep(self._now())
            raise
        finally:
            pool.shutdown(wait=True)
            self._under_way.clear()
        end = Place(newest + 1)
        self._keep(replace(self._now(), done=end, intended=end, finished=()))

    def _feed(
        self, sender: Sender, found: Sequence[Unit], known: Known, pool: ThreadPoolExecutor
    ) -> None:
        """Every load on its way, and every verdict taken, in the order of the log."""
        origin = self._means.log.origin
        for load in read.loads(found, self.dataset, origin, known.done):
            while len(self._under_way) >= UNDER_WAY:
                self._settle(sender)
            if self._means.stop.is_set():
                break
            self._intend(found, load)
            future = pool.submit(sender.deliver, load, load.asked_from(known))
            self._under_way.append((load, future))
            while self._under_way and self._under_way[0][1].done():
                self._settle(sender)
        while self._under_way:
            self._settle(sender)
        if self._means.stop.is_set():
            raise Halted(f"{self.dataset}: shipping ends; what is left is sent later")

    def _settle(self, sender: Sender) -> None:
        """The oldest load has its verdicts: what is refused is kept, then the position moves."""
        load, future = self._under_way[0]
        settled = future.result()
        if settled.rejects:
            self._means.letters.keep(self.dataset, settled.rejects)
            self._means.watch.counted(self.dataset, letters=len(settled.rejects))
        self._under_way.popleft()
        known = self._now()
        done = max(known.done, load.end)
        self._known = replace(known, done=done, finished=known.finished + load.finishes)
        if time.monotonic() - self._kept_at >= KEPT_S:
            self._keep(self._known)
        if time.monotonic() - self._published_at >= PUBLISHED_S:
            with suppress(StoreError):  # the last one of the pass is insisted on
                self._publish_now(done.version - 1)

    def _intend(self, found: Sequence[Unit], load: Load) -> None:
        """Before anything is sent it stands in the home that it may have been sent."""
        known = self._now()
        is_ahead = load.end <= known.intended and load.start < known.intended
        if is_ahead and load.ingested_us[1] <= known.latest_us:
            return
        intended = max(read.ahead(found, load.start, STRIDE_ROWS), Place(load.end.version + 1))
        latest_us = max(known.latest_us, load.ingested_us[1] + STRIDE_US)
        self._keep(replace(known, intended=max(known.intended, intended), latest_us=latest_us))

    def _now(self) -> Known:
        if self._known is None:
            raise StoreError(f"{self.dataset}: no position: begin again")
        return self._known

    def _keep(self, known: Known) -> None:
        self._means.home.keep(self.dataset, known)
        self._known, self._kept_at = known, time.monotonic()

    def _publish(self, sender: Sender, version: int) -> None:
        """Readers may see all of it; asked until the server has it."""
        if self._mark(sender) < version:
            sender.insisted(lambda: self._publish_now(version))

    def _publish_now(self, version: int) -> None:
        self._published_at = time.monotonic()
        if version > (self._published if self._published is not None else -1):
            self._means.wire.publish(self.dataset, version)
            self._published = version

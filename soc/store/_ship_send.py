"""One load until each of its documents has a final verdict; runs in many threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from soc.errors import SocError, StoreError, StoreUnavailable
from soc.store._ship_pace import Pace, Patience, wait_s
from soc.store._ship_verdict import CONNECTION, ODD, Verdict, judged
from soc.store._ship_wire import lets_nobody_in

if TYPE_CHECKING:
    from soc.store._ship_read import Load
    from soc.store._ship_watch import State, Watch
    from soc.store._ship_wire import Wire

_LOOK_S = 0.5  # a thread that waits looks this often whether it shall end
_T = TypeVar("_T")


class Halted(StoreUnavailable):
    """The shipper ends before everything has a verdict; what is left is sent the next time."""


class Refused(StoreError):  # noqa: N818 - a state that a person mends
    """Sending again over the same connection does not help."""


class NotSetUp(StoreError):  # noqa: N818 - a state that a person mends
    """The stream has no template of ours: what is sent would be kept in a wrong form."""


class Stopped(Refused):
    """The server lets nobody in."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A document that the server refuses for good."""

    id: str
    verdict: Verdict
    line: bytes  # action and document


@dataclass
class Settled:
    """What became of a load."""

    stored: int = 0
    already: int = 0
    rejects: list[Reject] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Rows of a load that have no verdict; ``doubtful``: they may have been applied."""

    rows: Sequence[int]
    doubtful: bool
    tries: int = 0  # since one of them had a verdict
    odd: int = 0  # failures of the server's own
    away_at: float | None = None  # monotonic: since when nothing answers at all


@dataclass
class Sender:
    """Sends the loads of one dataset."""

    wire: Wire
    dataset: str
    pace: Pace
    watch: Watch
    patience: Patience
    stop: threading.Event  # of the whole shipper
    halt: threading.Event = field(default_factory=threading.Event)  # of this dataset
    since: int = 0  # generation of the oldest backing index that may hold what is doubtful

    def deliver(self, load: Load, asked_from: int | None = None) -> Settled:
        """A final verdict for each document; what was counted is in the watch as well.

        ``asked_from``: it may have been sent before, to backing indices from this generation on.

        Raises:
            Halted: the shipper ends. Refused: somebody has to mend something.
            StoreUnavailable: nothing had a verdict for longer than patience lasts.
        """
        settled = Settled()
        since = self.since if asked_from is None else min(asked_from, self.since)
        chunks = [_Chunk(range(len(load.ids)), doubtful=asked_from is not None)]
        while chunks:
            chunk = chunks.pop()
            if chunk.doubtful:
                chunk = self._asked(load, chunk, settled, since)
            if chunk.rows:
                chunks += self._sent(load, chunk, settled)
        return settled

    def _asked(self, load: Load, chunk: _Chunk, settled: Settled, since: int) -> _Chunk:
        """What is left of a chunk without the rows that are on the server."""
        ids = [load.ids[row] for row in chunk.rows]
        there = self.insisted(lambda: self.wire.there(self.dataset, ids, since))
        left = [row for row in chunk.rows if load.ids[row] not in there]
        if there:
            settled.already += len(there)
            self.watch.counted(self.dataset, already=len(there))
        return replace(chunk, rows=left, doubtful=False)

    def _sent(self, load: Load, chunk: _Chunk, settled: Settled) -> list[_Chunk]:
        """One request; what has to be sent again."""
        lines = load.lines(chunk.rows)
        if len(lines) > self.pace.most_bytes and len(chunk.rows) > 1:
            return _halves(chunk)
        with self.pace.turn():
            answer, took_s = self.wire.send(self.dataset, lines)
        verdict = judged(answer, [load.ids[row] for row in chunk.rows])
        if not isinstance(verdict, Verdict):
            self.pace.answered(took_s, is_refused=any(one.fate == "again" for one in verdict))
            return self._each(load, chunk, verdict, settled)
        self.pace.answered(took_s, is_refused=verdict.fate != "split")
        if verdict.fate == "split" and len(chunk.rows) > 1:
            if answer.status == 413:
                self.pace.most_bytes = len(lines) - 1
            return _halves(chunk)
        if verdict.fate == "split":
            verdict = replace(verdict, fate="letter")
        return self._each(load, chunk, [verdict] * len(chunk.rows), settled)

    def _each(
        self, load: Load, chunk: _Chunk, verdicts: list[Verdict], settled: Settled
    ) -> list[_Chunk]:
        """Each row by its verdict; those without a final one once more, together."""
        verdicts = self._heard(verdicts, chunk)
        left: list[tuple[int, Verdict]] = []
        counts = {"stored": 0, "already": 0}
        for row, one in zip(chunk.rows, verdicts, strict=True):
            if one.fate in counts:
                counts[one.fate] += 1
            elif one.fate == "letter":
                settled.rejects.append(Reject(load.ids[row], one, load.line(row)))
            else:
                left.append((row, one))
        settled.stored += counts["stored"]
        settled.already += counts["already"]
        is_moving = len(left) < len(verdicts)
        if is_moving:
            self.watch.counted(self.dataset, **counts)
        return self._once_more(chunk, left, 0 if is_moving else chunk.tries) if left else []

    def _heard(self, verdicts: list[Verdict], chunk: _Chunk) -> list[Verdict]:
        """The verdicts, where the server may be asked again at all.

        Raises:
            Refused: it lets nobody in. NotSetUp: it has nothing of ours set up.
        """
        if chunk.odd >= ODD:
            verdicts = [replace(v, fate="letter") if v.fate == "odd" else v for v in verdicts]
        stop = next((one for one in verdicts if one.fate == "stop"), None)
        if stop is not None:
            raise self._refused(stop)
        if not any(one.fate == "setup" for one in verdicts):
            return verdicts
        self.check_template()
        return [replace(v, fate="letter") if v.fate == "setup" else v for v in verdicts]

    def _refused(self, verdict: Verdict) -> Refused:
        if verdict.type == CONNECTION:
            return Refused(f"{self.wire.place}: {verdict.reason}: check hosts and ca_certs")
        reason = f"{verdict.type}: {verdict.reason}"
        return Stopped(f"{self.wire.place}: {reason}: check the key and its role's rights")

    def check_template(self) -> None:
        """Nothing, where the stream has a template of ours.

        Raises:
            NotSetUp: it has none; nothing is sent.
        """
        if not self.insisted(lambda: self.wire.has_template(self.dataset)):
            raise NotSetUp(
                f"{self.wire.place}: nothing is set up for {self.dataset}: run `soc store setup`"
            )

    def _once_more(
        self, chunk: _Chunk, left: list[tuple[int, Verdict]], tries: int
    ) -> list[_Chunk]:
        """What is sent again, after a pause."""
        _, verdict = left[0]
        away_at = None
        if verdict.type == CONNECTION:
            away_at = time.monotonic() if chunk.away_at is None else chunk.away_at
        state: State = "blocked" if verdict.is_blocked else "waiting"
        self._rest(state, f"{verdict.type}: {verdict.reason}", tries, away_at)
        doubtful = any(one.fate in ("doubt", "odd") for _, one in left)
        odd = chunk.odd + any(one.fate == "odd" for _, one in left)
        return [_Chunk([row for row, _ in left], doubtful, tries + 1, odd, away_at)]

    def insisted(self, ask: Callable[[], _T]) -> _T:
        """The answer to a question, asked until it comes.

        Raises:
            Halted: the shipper ends. Refused: so does the server.
            StoreUnavailable: it does not answer for longer than patience lasts.
        """
        tries, began = 0, time.monotonic()
        while True:
            try:
                with self.pace.turn():
                    return ask()
            except SocError as error:
                if not error.can_retry:
                    kind = Stopped if lets_nobody_in(error) else Refused
                    raise kind(str(error)) from error
                self._rest("waiting", str(error), tries, began)
            tries += 1

    def _rest(self, state: State, error: str, tries: int, away_at: float | None) -> None:
        """A pause before the next try, with full jitter."""
        troubled_s = self.watch.troubled(self.dataset, state, error)
        if _is_over(troubled_s, self.patience.refused_s) or (
            away_at is not None and _is_over(time.monotonic() - away_at, self.patience.away_s)
        ):
            raise StoreUnavailable(
                f"{self.wire.place}: {error}: nothing is lost; ship again, see `soc store status`"
            )
        end = time.monotonic() + wait_s(tries, self.patience)
        while (left_s := end - time.monotonic()) > 0 and not self._is_ending():
            self.halt.wait(min(left_s, _LOOK_S))
        if self._is_ending():
            raise Halted(f"{self.wire.place}: {error}: shipping ends; what is left is sent later")

    def _is_ending(self) -> bool:
        return self.stop.is_set() or self.halt.is_set()


def _is_over(past_s: float, limit_s: float | None) -> bool:
    return limit_s is not None and past_s > limit_s


def _halves(chunk: _Chunk) -> list[_Chunk]:
    half = len(chunk.rows) // 2
    return [replace(chunk, rows=chunk.rows[half:]), replace(chunk, rows=chunk.rows[:half])]

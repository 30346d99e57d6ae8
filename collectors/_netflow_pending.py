"""What was received and not yet decoded: messages, their data sets, counts by source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from collectors._netflow_layout import Layout
from collectors._netflow_messages import HEAD_OCTETS
from collectors._netflow_options import State
from soc.batch import Refusal, Tally

_REFUSALS = 20
ORDER = 1 << 20  # orders a message: it cannot hold as many sets


class Slice(NamedTuple):
    """A data set; ``order`` is by the message that made it decodable, then by its place."""

    order: int
    message: int
    state: State
    octets: bytes


@dataclass(slots=True)
class Counts:
    """A tally in the making."""

    records: int = 0
    options: int = 0
    refused: int = 0
    waiting: int = 0
    lost: int = 0
    dropped: int = 0

    def tally(self) -> Tally:
        return Tally(
            self.records, self.options, self.refused, self.waiting, self.lost, self.dropped
        )


@dataclass(slots=True)
class Pending:
    """Everything of one batch.

    ``heads``, ``routes`` and ``arrivals`` go together, one entry a message. A message that took
    a lane is kept whole, with the number of its route; of another only the header is, with its
    session as -1 - index, and its data sets are slices.
    """

    heads: list[bytes] = field(default_factory=list)
    routes: list[int] = field(default_factory=list)
    arrivals: list[int] = field(default_factory=list)
    begins: list[tuple[int, int]] = field(default_factory=list)  # (first message, source)
    elsewhere: dict[int, int] = field(default_factory=dict)  # messages of another source
    options: dict[int, int] = field(default_factory=dict)  # option records, a message
    uncounted: set[int] = field(default_factory=set)  # messages with a set we could not count
    replayed: set[int] = field(default_factory=set)  # messages that stand here a second time
    restarts: set[int] = field(default_factory=set)  # messages after a restart
    bad: set[int] = field(default_factory=set)  # malformed messages, to be discarded whole
    slices: dict[Layout, list[Slice]] = field(default_factory=dict)
    counts: dict[int, Counts] = field(default_factory=dict)  # by source
    refusals: list[Refusal] = field(default_factory=list)
    octets: int = 0
    order: int = 0

    def begin(self, source: int) -> None:
        """Messages from here on are of that source."""
        if not self.begins or self.begins[-1][1] != source:
            self.begins.append((len(self.heads), source))

    def message(self, data: bytes, session: int, arrival_us: int) -> int:
        """Note a message's header; its index. Slices added from now on follow it."""
        self.order = len(self.heads) * ORDER
        return self._note(data, session, arrival_us)

    def replay(self, head: bytes, session: int, arrival_us: int, source: int | None) -> int:
        """Note the header of a message whose set waited, under a source of its own if given."""
        message = self._note(head, session, arrival_us)
        self.replayed.add(message)
        if source is not None:
            self.elsewhere[message] = source
        return message

    def _note(self, data: bytes, session: int, arrival_us: int) -> int:
        self.heads.append(data[:HEAD_OCTETS].ljust(HEAD_OCTETS, b"\0"))
        self.routes.append(-1 - session)
        self.arrivals.append(arrival_us)
        return len(self.heads) - 1

    def add(self, layout: Layout, message: int, state: State, octets: bytes) -> None:
        """Note a data set."""
        self.order += 1
        self.octets += len(octets)
        one = Slice(self.order, message, state, octets)
        self.slices.setdefault(layout, []).append(one)

    def source(self, message: int) -> int:
        """The source of a message noted last, or replayed."""
        return self.elsewhere.get(message, self.begins[-1][1])

    def of(self, source: int) -> Counts:
        """The counts of a source."""
        return self.counts.setdefault(source, Counts())

    def refuse(self, source: int, place: str, value: str, remedy: str) -> None:
        """Count one that could not be read; the first few are told."""
        self.of(source).refused += 1
        if len(self.refusals) < _REFUSALS:
            self.refusals.append(Refusal(place, value, remedy))

"""What was received and not yet decoded: sets by layout, headers, counts by source."""

from __future__ import annotations

from dataclasses import dataclass, field

from collectors._netflow_layout import Layout
from collectors._netflow_messages import HEAD_OCTETS
from collectors._netflow_options import State
from soc.batch import Refusal, Tally

_REFUSALS = 20


# A data set: its place in the order in which sets became decodable, its message, its state and
# its octets. A plain tuple, as one is made for every datagram.
Slice = tuple[int, int, int, bytes]


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
    """Everything of one batch."""

    heads: list[bytes] = field(default_factory=list)
    sessions: list[int] = field(default_factory=list)
    arrivals: list[int] = field(default_factory=list)
    sources: list[int] = field(default_factory=list)
    options: dict[int, int] = field(default_factory=dict)  # option records, a message
    uncounted: set[int] = field(default_factory=set)  # messages with a set we could not count
    replayed: set[int] = field(default_factory=set)  # messages that stand here a second time
    restarts: set[int] = field(default_factory=set)  # messages after a restart
    bad: set[int] = field(default_factory=set)  # malformed messages, to be discarded whole
    slices: dict[Layout, list[Slice]] = field(default_factory=dict)
    states: list[State] = field(default_factory=list)
    counts: dict[int, Counts] = field(default_factory=dict)  # by source
    refusals: list[Refusal] = field(default_factory=list)
    octets: int = 0
    order: int = 0

    def message(self, data: bytes, session: int, arrival_us: int, source: int) -> int:
        """Note a message's header; its index."""
        self.heads.append(data[:HEAD_OCTETS].ljust(HEAD_OCTETS, b"\0"))
        self.sessions.append(session)
        self.arrivals.append(arrival_us)
        self.sources.append(source)
        return len(self.heads) - 1

    def add(self, layout: Layout, message: int, state: State, octets: bytes) -> None:
        """Note a data set."""
        self.order += 1
        self.octets += len(octets)
        one = (self.order, message, self.state(state), octets)
        self.slices.setdefault(layout, []).append(one)

    def state(self, state: State) -> int:
        """The index of a state of this batch."""
        if not self.states or self.states[-1] is not state:
            self.states.append(state)
        return len(self.states) - 1

    def of(self, source: int) -> Counts:
        """The counts of a source."""
        return self.counts.setdefault(source, Counts())

    def refuse(self, source: int, place: str, value: str, remedy: str) -> None:
        """Count one that could not be read; the first few are told."""
        self.of(source).refused += 1
        if len(self.refusals) < _REFUSALS:
            self.refusals.append(Refusal(place, value, remedy))

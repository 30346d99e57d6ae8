"""The data sets of a batch, brought together by layout, in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from collectors._netflow_lanes import Route
from collectors._netflow_layout import Layout
from collectors._netflow_options import State
from collectors._netflow_pending import ORDER, Pending
from collectors._netflow_records import Records, read

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Group:
    """Sets of one layout and their records; per set its order, its message and its state."""

    layout: Layout
    pieces: list[bytes]
    order: Ints
    message: Ints
    states: Sequence[State]
    state: Ints  # index into ``states``
    records: Records

    def without(self, bad: frozenset[int]) -> Group:
        """The group less the sets of some messages."""
        good = [at for at, message in enumerate(self.message.tolist()) if message not in bad]
        if len(good) == len(self.pieces):
            return self
        pieces = [self.pieces[at] for at in good]
        return Group(
            self.layout,
            pieces,
            self.order[good],
            self.message[good],
            self.states,
            self.state[good],
            read(self.layout, pieces),
        )

    def row_states(self) -> tuple[tuple[State, Mask | None], ...]:
        """The states that rows have, each with its rows; None: all of them."""
        found = sorted(set(self.state.tolist()))
        if len(found) == 1:
            return ((self.states[found[0]], None),)
        per_row = np.repeat(self.state, self.records.counts)
        return tuple((self.states[one], per_row == one) for one in found)


class _Sets:
    """Sets of one layout while they are gathered."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.order: list[Ints] = []
        self.message: list[Ints] = []
        self.states: list[State] = []
        self.state: list[Ints] = []

    def number(self, state: State) -> int:
        for index, known in enumerate(self.states):
            if known is state:
                return index
        self.states.append(state)
        return len(self.states) - 1

    def group(self, layout: Layout) -> Group:
        return Group(
            layout,
            self.pieces,
            np.concatenate(self.order),
            np.concatenate(self.message),
            self.states,
            np.concatenate(self.state),
            read(layout, self.pieces),
        )


def groups(pending: Pending, routes: Sequence[Route]) -> list[Group]:
    """Every data set of the batch, decoded; sets of a layout in no particular order."""
    found: dict[Layout, _Sets] = {}
    taken = np.array(pending.routes, np.int64)
    heads = pending.heads
    for number in np.unique(taken[taken >= 0]).tolist():
        route = routes[number]
        members = np.flatnonzero(taken == number)
        sets = found.setdefault(route.layout, _Sets())
        start, stop = route.start, route.stop
        sets.pieces += [heads[at][start:stop] for at in members.tolist()]
        sets.order.append(members * ORDER)
        sets.message.append(members)
        sets.state.append(np.full(len(members), sets.number(route.state)))
    for layout, slices in pending.slices.items():
        sets = found.setdefault(layout, _Sets())
        sets.pieces += [one.octets for one in slices]
        sets.order.append(np.array([one.order for one in slices], np.int64))
        sets.message.append(np.array([one.message for one in slices], np.int64))
        sets.state.append(np.array([sets.number(one.state) for one in slices], np.int64))
    return [sets.group(layout) for layout, sets in found.items()]


def sound(found: list[Group], bad: set[int]) -> tuple[list[Group], frozenset[int]]:
    """The groups less all messages that are malformed, and which those are."""
    malformed = set(bad)
    for group in found:
        malformed.update(group.message[group.records.broken].tolist())
    if not malformed:
        return found, frozenset()
    all_bad = frozenset(malformed)
    return [group.without(all_bad) for group in found], all_bad

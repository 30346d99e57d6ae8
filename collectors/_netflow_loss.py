"""Loss of a batch: the sequence counters of its exporters moved on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from collectors._netflow_flush import Flushed
from collectors._netflow_pending import Pending
from collectors._netflow_sequence import LEARN, Counter, Step
from collectors._netflow_session import Session

Ints = npt.NDArray[np.int64]


def lost(pending: Pending, result: Flushed, sessions: Sequence[Session]) -> dict[int, int]:
    """Units missing by the sequence numbers, by source: flows, datagrams or records."""
    found: dict[int, int] = {}
    heads = result.messages
    if not len(heads.session):
        return found
    special = pending.uncounted | result.bad | pending.restarts | pending.options.keys()
    is_plain = _flags(special | pending.replayed, len(pending.heads), value=False)
    for index in np.unique(heads.session).tolist():
        mine = np.flatnonzero(heads.session == index)
        for part in _parts(sessions[index].counter, mine):
            if not (is_plain[part].all() and _follow_all(sessions[index], result, part)):
                _follow_each(sessions[index], pending, result, part, found)
    return {source: units for source, units in found.items() if units}


def _parts(counter: Counter, mine: Ints) -> list[Ints]:
    """The messages that are still to learn from, and the others."""
    first = 0 if counter.is_settled else LEARN + 1
    return [part for part in (mine[:first], mine[first:]) if len(part)]


def _follow_all(session: Session, result: Flushed, part: Ints) -> bool:
    moves = _moves(session, result.per_message[part])
    sequences = result.messages.sequence[part]
    return moves is not None and session.counter.follow_all(sequences, moves)


def _follow_each(
    session: Session, pending: Pending, result: Flushed, part: Ints, found: dict[int, int]
) -> None:
    for message in part.tolist():
        if message not in pending.replayed:
            step = _step(pending, result, message, session.domain.version)
            source = int(result.source[message])
            found[source] = found.get(source, 0) + session.counter.follow(step)


def _flags(messages: set[int], count: int, *, value: bool) -> npt.NDArray[np.bool_]:
    flags = np.full(count, not value)
    flags[list(messages)] = value
    return flags


def _moves(session: Session, counts: Ints) -> Ints | None:
    """How far each message without options moves the number; None: not known yet, or ever."""
    counter = session.counter
    if not counter.is_settled or counter.way is None:
        return None
    ways = _ways(session.domain.version, counts, np.zeros(len(counts), np.int64))
    return ways[counter.way]


def _step(pending: Pending, result: Flushed, message: int, version: int) -> Step:
    count = result.per_message[message : message + 1]
    options = np.array([pending.options.get(message, 0)], np.int64)
    ways = tuple(int(way[0]) for way in _ways(version, count, options))
    is_known = version == 9 or message not in pending.uncounted | result.bad
    return Step(
        int(result.messages.sequence[message]),
        ways if is_known else None,
        message in pending.restarts,
    )


def _ways(version: int, count: Ints, options: Ints) -> tuple[Ints, ...]:
    """How far a message may move the sequence number, the standard's way first."""
    one = np.ones(len(count), np.int64)
    if version == 5:
        return (count,)
    if version == 9:
        return (one, count + options, count)
    return (count + options, count, one)

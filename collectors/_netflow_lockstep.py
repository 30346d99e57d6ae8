"""Records with variable-length fields, read in lockstep over many sets at once.

Record k of every set is read together, so the loop is over records of one set and variable
fields of one record, never over records of all sets (RFC 7011, section 7).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from collectors._netflow_layout import Layout

Ints = npt.NDArray[np.int64]
_Step = tuple[Ints, list[Ints], list[tuple[Ints, Ints]]]
_FEW = 8  # sets, under which one after the other is faster than all together
_GUARD = 4  # zero octets after the buffer, so that a length is never read outside it


@dataclass(frozen=True, slots=True)
class Found:
    """Records in set order: for each the set, the begin of each run, and each variable field."""

    owner: Ints  # set of each record
    runs: tuple[Ints, ...]  # per run of fixed fields: offset of its begin, a record
    variables: tuple[tuple[Ints, Ints], ...]  # per variable field: offset and length, a record
    broken: Ints  # sets whose last record did not fit


def find(buffer: bytes, starts: Ints, ends: Ints, layout: Layout) -> Found:
    """Every record of the sets ``buffer[starts:ends]``.

    What is left of a set is padding where it is shorter than any record, or under four octets
    and zero; otherwise the set is ``broken``.
    """
    octets = np.frombuffer(buffer + b"\0" * _GUARD, np.uint8)
    active = np.arange(len(starts))
    cursor = starts.astype(np.int64)
    steps: list[_Step] = []
    broken = [np.empty(0, np.int64)]
    while len(active) > _FEW:
        more = _has_more(octets, cursor, ends[active], layout.least)
        active, cursor = active[more], cursor[more]
        runs, variables, after = _record(octets, cursor, layout)
        fits = after <= ends[active]
        broken.append(active[~fits])
        active, cursor = active[fits], after[fits]
        steps.append((active, [r[fits] for r in runs], [(o[fits], n[fits]) for o, n in variables]))
    for index, begin in zip(active.tolist(), cursor.tolist(), strict=True):
        step, is_broken = _alone(buffer, index, begin, int(ends[index]), layout)
        steps.append(step)
        if is_broken:
            broken.append(np.array([index], np.int64))
    return _joined(steps, layout, np.concatenate(broken))


def _alone(buffer: bytes, index: int, at: int, end: int, layout: Layout) -> tuple[_Step, bool]:
    """The records left in one set, one after another: for few sets that is faster."""
    sizes = [run.itemsize for run in layout.runs]
    least = max(layout.least, 1)
    rows: list[list[int]] = []
    is_broken = False
    while end - at >= least and not (end - at < 4 and not any(buffer[at:end])):
        row = [at]
        for size in sizes[:-1]:
            at += size
            head, length = _length(buffer, at, end)
            row += (at + head, length, at + head + length)
            at += head + length
        at += sizes[-1]
        if at > end:
            is_broken = True
            break
        rows.append(row)
    table = np.array(rows, np.int64).reshape(len(rows), 3 * len(sizes) - 2)
    runs = [table[:, 3 * k] for k in range(len(sizes))]
    variables = [(table[:, 3 * k + 1], table[:, 3 * k + 2]) for k in range(len(sizes) - 1)]
    return (np.full(len(rows), index, np.int64), runs, variables), is_broken


def _length(buffer: bytes, at: int, end: int) -> tuple[int, int]:
    """Octets of a length prefix and the length in it; beyond the set the record will not fit."""
    if at >= end or buffer[at] < 255:
        return 1, buffer[at] if at < end else 0
    return 3, (buffer[at + 1] << 8) | buffer[at + 2] if at + 3 <= end else 0


def _has_more(
    octets: npt.NDArray[np.uint8], cursor: Ints, ends: Ints, least: int
) -> npt.NDArray[np.bool_]:
    left = ends - cursor
    more: npt.NDArray[np.bool_] = left >= max(least, 1)
    short = more & (left < 4)
    if short.any():
        for index in np.flatnonzero(short):
            more[index] = octets[cursor[index] : ends[index]].any()
    return more


def _record(
    octets: npt.NDArray[np.uint8], cursor: Ints, layout: Layout
) -> tuple[list[Ints], list[tuple[Ints, Ints]], Ints]:
    """One record of each set: begins of its runs, its variable fields, and where it ends."""
    last = len(octets) - _GUARD
    runs = [cursor]
    variables = []
    for run in layout.runs[:-1]:
        at = np.minimum(runs[-1] + run.itemsize, last)
        length = octets[at].astype(np.int64)
        is_long = length == 255
        if is_long.any():
            long = (octets[at + 1].astype(np.int64) << 8) | octets[at + 2]
            length = np.where(is_long, long, length)
        begin = at + np.where(is_long, 3, 1)
        variables.append((begin, length))
        runs.append(begin + length)
    return runs, variables, runs[-1] + layout.runs[-1].itemsize


def _joined(steps: list[_Step], layout: Layout, broken: Ints) -> Found:
    if not steps:
        none = np.empty(0, np.int64)
        count = len(layout.runs)
        return Found(none, (none,) * count, ((none, none),) * (count - 1), broken)
    owner = np.concatenate([step[0] for step in steps])
    order = np.argsort(owner, kind="stable")
    runs = zip(*(step[1] for step in steps), strict=True)
    fields = zip(*(step[2] for step in steps), strict=True)
    return Found(
        owner[order],
        tuple(np.concatenate(run)[order] for run in runs),
        tuple(
            (
                np.concatenate([offset for offset, _ in one])[order],
                np.concatenate([length for _, length in one])[order],
            )
            for one in fields
        ),
        broken,
    )


def gathered(buffer: bytes, begins: Ints, dtype: np.dtype[np.void]) -> npt.NDArray[np.void]:
    """The records of ``dtype`` that begin at the offsets, copied together.

    A window of one record slides over the buffer octet by octet; picking from it copies whole
    records.
    """
    if not dtype.itemsize or not len(begins):
        return np.zeros(len(begins), dtype)
    window = np.ndarray(
        (len(buffer) - dtype.itemsize + 1,), f"V{dtype.itemsize}", buffer, strides=(1,)
    )
    return window[begins].view(dtype)

"""How long it took to find, judge and contain an attack: pure decisions over records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from soc.errors import InputError
from soc.net import covers, network

if TYPE_CHECKING:
    from soc.records.alert import Alert
    from soc.records.block import Block


@dataclass(frozen=True, slots=True)
class Times:
    """Of one alert, seconds; None where that has not happened, or nobody wrote when."""

    alert: str
    detected_at: datetime
    judged_at: datetime | None = None
    contained_at: datetime | None = None
    detect_s: float | None = None  # first event to alert
    judge_s: float | None = None  # alert to verdict
    contain_s: float | None = None  # alert to the block in force


def times(history: Sequence[Alert], blocks: Iterable[Block]) -> Times:
    """The times of an alert from its revisions, oldest first, and the blocks that hold it off.

    A span that would run backwards (an observer's clock ahead of ours, an attacker kept out
    already) is nought.
    """
    first, last = history[0], history[-1]
    detected, judged = first.at, last.judged_at
    stopped = min((at for b in blocks if (at := in_force_from(b)) and holds(b, last)), default=None)
    return Times(
        alert=last.id,
        detected_at=detected,
        judged_at=judged,
        contained_at=stopped,
        detect_s=_span(first.first_seen, detected),
        judge_s=_span(detected, judged),
        contain_s=_span(detected, stopped),
    )


def _span(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else max(0.0, (end - start).total_seconds())


def in_force_from(block: Block) -> datetime | None:
    """When it took effect; where nobody confirmed that, when it was approved."""
    return block.effective_at or (None if block.state in _NEVER else block.approved_at)


_NEVER = ("proposed", "rejected")  # what waits for a second person has been approved once


def holds(block: Block, alert: Alert) -> bool:
    """True where the block was made for the alert, or keeps one of its attackers out."""
    if any(reason.alert == alert.id for reason in block.reasons):
        return True
    named = (n for a in alert.attackers for n in (a.address, a.forwarded) if n)
    return any(_is_in(block.prefix, each) for each in named)


def _is_in(prefix: str, text: str) -> bool:
    try:
        return covers([network(prefix)], network(text))
    except InputError:
        return False


def percentile(values: Iterable[float | None], share: float) -> float | None:
    """The value below which that share lies, between neighbours by straight line; of none None."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    place = share * (len(known) - 1)
    lower = int(place)
    upper = min(lower + 1, len(known) - 1)
    return known[lower] + (known[upper] - known[lower]) * (place - lower)

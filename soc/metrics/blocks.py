"""Blocked networks: proposed, approved, in force."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from soc.metrics._number import Metric, Question, by_register
from soc.metrics.alerts import within
from soc.records.block import Block


def blocks(asked: Question) -> list[Block]:
    """All blocks as of now."""
    return asked.once("blocks", lambda: [cast("Block", b) for b in asked.records("block")])


def proposed(asked: Question) -> list[Block]:
    """Blocks whose record was made in the period."""
    changed = (block for block in blocks(asked) if block.at >= asked.period.start)
    history = asked.context.store.records.history
    return [b for b in changed if within(history("block", b.id)[0].at, asked.period)]


def waiting(asked: Question) -> list[Block]:
    """Blocks that somebody has yet to approve or reject."""
    return [block for block in blocks(asked) if block.state == "proposed"]


def approved(asked: Question) -> list[Block]:
    """Blocks approved in the period."""
    return [block for block in blocks(asked) if within(block.approved_at, asked.period)]


def in_force(asked: Question) -> list[Block]:
    """Blocks handed to a device and neither released nor run out."""
    end = asked.elapsed.end
    kept = (block for block in blocks(asked) if block.state in ("exported", "active"))
    return [block for block in kept if block.expires_at is None or block.expires_at > end]


def _of(metric_id: str, choose: Callable[[Question], list[Block]]) -> Metric:
    def count(asked: Question) -> float:
        return len(choose(asked))

    count.__doc__ = choose.__doc__
    return Metric(metric_id, "items", "neutral", count, coverage=by_register)


METRICS = (
    _of("blocks_proposed", proposed),
    _of("blocks_approved", approved),
    _of("blocks_waiting", waiting),
    _of("blocks_in_force", in_force),
)

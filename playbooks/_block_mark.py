"""What an export changes in the records: what is on the list, what has ended or lapsed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, cast

from soc.records import make_id
from soc.records._parts import Span
from soc.store import Change
from soc.text import text

if TYPE_CHECKING:
    from playbooks._block_effective import Effective, Standing, Stock
    from playbooks._block_files import Version
    from soc.context import Context
    from soc.records.block import Block

_AT_ONCE = 1_000  # records of one transaction; marking again goes on where it stopped

Marking = Callable[["Block"], "Block"]


def published(
    stock: Stock, found: Effective, version: Version, now: datetime, context: Context
) -> None:
    """The records say what is on the list now, what has ended, and what was let go again."""
    number = str(version.number)
    stale = (each.id for each in found.blocks if each.version != number)
    _apply(stale, lambda block: _listed(block, number, now), number, context)
    _apply(stock.ended, _ended, number, context)
    why = text("block.unratified", context.config.site.language)
    lapsed = (each.id for each in stock.lapsed)
    _apply(lapsed, lambda block: _lapsed(block, why, now), number, context)


def rolled_back(gone: Iterable[Standing], reason: str, now: datetime, context: Context) -> None:
    """These blocks were taken back with the list that brought them."""
    ids = (each.id for each in gone)
    _apply(ids, lambda block: _rolled_back(block, reason, now), reason, context)


def _apply(ids: Iterable[str], marking: Marking, cause: str, context: Context) -> None:
    records, site = context.store.records, context.config.site.code
    author, at = context.actor.author(), context.clock.now()
    left = iter(ids)
    while some := tuple(islice(left, _AT_ONCE)):
        blocks = [cast("Block", records.get("block", id)) for id in some]
        records.apply(
            Change(
                make_id(site, "change", block.id, block.revision, block.state, cause),
                replace(marking(block), at=at, author=author),
                expected=block.revision,
            )
            for block in blocks
        )


def _listed(block: Block, version: str, now: datetime) -> Block:
    is_running = bool(block.periods) and block.periods[-1].end is None
    return replace(
        block,
        state=block.state if block.state == "active" else "exported",
        list_version=version,
        effective_at=block.effective_at or now,
        periods=block.periods if is_running else (*block.periods, Span(start=now)),
        reason="",
    )


def _ended(block: Block) -> Block:
    return replace(block, state="expired", periods=_closed(block, block.expires_at), reason="")


def _lapsed(block: Block, why: str, now: datetime) -> Block:
    periods = _closed(block, block.ratify_by)
    released = replace(block, state="released", periods=periods, release_reason=why, reason=why)
    return replace(released, released_at=now)


def _rolled_back(block: Block, reason: str, now: datetime) -> Block:
    return replace(block, state="rolled_back", periods=_closed(block, now), reason=reason)


def _closed(block: Block, end: datetime | None) -> tuple[Span, ...]:
    return tuple(replace(each, end=each.end or end) for each in block.periods)

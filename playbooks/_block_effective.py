"""Which networks a list holds at a time: pure decisions over block records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from playbooks._block_overlay import Piece, overlaid
from playbooks.blocklists import Entry
from soc.net import Network, common, covers, merge, network, span

if TYPE_CHECKING:
    from soc.records.block import Block
    from soc.scope import Removal, Scope

IN_FORCE = ("approved", "exported", "active")


@dataclass(frozen=True, slots=True)
class Effective:
    """A list at a time: disjoint entries, each with the latest end that a block gives it."""

    entries: tuple[Entry, ...]
    removed: tuple[Removal, ...]  # taken out because a guard holds them
    blocks: tuple[Block, ...]  # that the entries come from

    @property
    def digest(self) -> str:
        """The same for the same entries and ends."""
        lines = (f"{e.network.cidr} {e.expires_at}\n" for e in self.entries)
        return sha256("".join(lines).encode()).hexdigest()

    @property
    def networks(self) -> list[Network]:
        """The fewest networks that hold the same addresses, whatever their ends."""
        return merge(entry.network for entry in self.entries)


def is_standing(block: Block, at: datetime) -> bool:
    """True for a block that was approved and has not ended: one without an end never stands."""
    return block.state in IN_FORCE and block.expires_at is not None and block.expires_at > at


def effective(blocks: Iterable[Block], scope: Scope, at: datetime) -> Effective:
    """The list that standing blocks make up; guards are subtracted here, whatever was approved."""
    standing = [block for block in blocks if is_standing(block, at)]
    judged = scope.blockable(network(block.prefix) for block in standing)
    entries = [
        Entry(part, end)
        for found, end in _disjoint(standing)
        for part in common(judged.allowed, found)
    ]
    entries.sort(key=lambda entry: entry.network)
    return Effective(tuple(_told(entries, standing)), tuple(judged.removed), tuple(standing))


def _disjoint(blocks: Iterable[Block]) -> Iterator[tuple[Network, datetime]]:
    """Networks that do not overlap, each with the latest end of the blocks that hold it."""
    pieces: dict[int, list[Piece]] = {4: [], 6: []}
    for block in blocks:
        found = network(block.prefix)
        if block.expires_at is not None:
            pieces[found.family].append((found.first, found.last, block.expires_at))
    for family, given in pieces.items():
        for first, last, end in overlaid(given):
            for part in span(family, first, last):
                yield part, end


def _told(entries: Iterable[Entry], blocks: Iterable[Block]) -> Iterator[Entry]:
    """The entries; one that is exactly a block's network carries its number and class."""
    known = {network(block.prefix): block for block in blocks}
    for entry in entries:
        block = known.get(entry.network)
        reason = block.reasons[0].category if block and block.reasons else ""
        yield Entry(entry.network, entry.expires_at, reason, block.no or "" if block else "")


def merged(entries: Sequence[Entry]) -> list[Entry]:
    """The fewest entries with the same addresses, for a format that carries no ends."""
    return [Entry(found) for found in merge(entry.network for entry in entries)]


def within(entries: Sequence[Entry], capacity: int | None) -> list[Entry]:
    """As many entries as a consumer takes: those that end last, in order of address."""
    if capacity is None or len(entries) <= capacity:
        return list(entries)
    ranked = sorted(entries, key=_rank)
    return sorted(ranked[:capacity], key=lambda entry: entry.network)


def _rank(entry: Entry) -> tuple[float, Network]:
    return -entry.expires_at.timestamp() if entry.expires_at else float("-inf"), entry.network


def vanished(before: Iterable[Entry], after: Sequence[Entry], at: datetime) -> list[Network]:
    """Entries of an earlier list that have not ended and are not wholly in the later one."""
    now = merge(entry.network for entry in after)
    standing = (e.network for e in before if e.expires_at is None or e.expires_at > at)
    return [found for found in standing if not covers(now, found)]

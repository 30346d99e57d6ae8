"""Which networks a list holds at a time: pure decisions over block records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from operator import attrgetter
from sys import intern
from typing import TYPE_CHECKING

from playbooks._block_overlay import Piece, overlaid
from playbooks.blocklists import Entry
from soc.net import Network, common, covers, merge, network, span

if TYPE_CHECKING:
    from soc.records.block import Block
    from soc.scope import Removal, Scope

IN_FORCE = ("approved", "exported", "active")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a list needs to know of a block: two hundred thousand fit into little memory."""

    id: str
    entry: Entry
    since: datetime | None  # on a list since; None: not yet
    approved_at: datetime | None
    version: str | None  # of the last list that held it


@dataclass(frozen=True, slots=True)
class Stock:
    """Blocks by what becomes of them at a time."""

    standing: tuple[Standing, ...]
    ended: tuple[str, ...]  # ids of those whose time is up
    lapsed: tuple[Standing, ...]  # blocked first, and not ratified in time


@dataclass(frozen=True, slots=True)
class Effective:
    """A list at a time: disjoint entries, each with the latest end that a block gives it."""

    entries: tuple[Entry, ...]
    removed: tuple[Removal, ...]  # taken out because a guard holds them
    blocks: tuple[Standing, ...]  # that the entries come from

    @property
    def digest(self) -> str:
        """The same for the same entries and ends."""
        digest = sha256()
        for entry in self.entries:
            digest.update(f"{entry.network.cidr} {entry.expires_at}\n".encode())
        return digest.hexdigest()

    @property
    def networks(self) -> list[Network]:
        """The fewest networks that hold the same addresses, whatever their ends."""
        return merge(entry.network for entry in self.entries)


def stocked(blocks: Iterable[Block], at: datetime) -> Stock:
    """The blocks sorted out in one pass; those typed in by hand are on no list of ours."""
    standing: list[Standing] = []
    ended: list[str] = []
    lapsed: list[Standing] = []
    for block in blocks:
        if block.expires_at is not None and block.expires_at <= at:
            ended.append(block.id)
        elif is_standing(block, at):
            standing.append(_standing(block))
        elif is_lapsed(block, at):
            lapsed.append(_standing(block))
    return Stock(tuple(standing), tuple(ended), tuple(lapsed))


def is_standing(block: Block, at: datetime) -> bool:
    """True for a block of ours that has not ended: one without an end never stands."""
    return (
        block.state in IN_FORCE
        and block.entered == "tool"
        and block.expires_at is not None
        and block.expires_at > at
        and not is_lapsed(block, at)
    )


def is_unratified(block: Block) -> bool:
    """True while nobody has approved what was blocked first."""
    return block.approval == "ratify_later" and not block.approvals


def is_lapsed(block: Block, at: datetime) -> bool:
    """True where the time is over in which another person had to ratify it."""
    is_late = block.ratify_by is None or block.ratify_by <= at
    return block.state in ("exported", "active") and is_unratified(block) and is_late


def _standing(block: Block) -> Standing:
    """An entry ends at its block's end; while it is not ratified, when that must have been."""
    ends = [block.expires_at, block.ratify_by if is_unratified(block) else None]
    running = block.periods[-1] if block.periods and block.periods[-1].end is None else None
    return Standing(
        id=block.id,
        entry=Entry(
            network(block.prefix),
            min(end for end in ends if end is not None),
            intern(block.reasons[0].category) if block.reasons else "",
            block.no or "",
            intern(block.direction),
            block.hits,
            intern(block.approved_by or ""),
        ),
        since=running.start if running else None,
        approved_at=block.approved_at,
        version=intern(block.list_version) if block.list_version else None,
    )


def capped(
    standing: Sequence[Standing], hourly: int, daily: int, at: datetime
) -> tuple[list[Standing], list[Standing]]:
    """What may be on a list now, and what waits: new blocks beyond what an hour and a day take.

    Those approved first come first.
    """
    known = [each for each in standing if each.since is not None]
    new = sorted((each for each in standing if each.since is None), key=_turn)
    in_hour = sum(each.since > at - timedelta(hours=1) for each in known if each.since)
    in_day = sum(each.since > at - timedelta(days=1) for each in known if each.since)
    room = max(0, min(hourly - in_hour, daily - in_day))
    return known + new[:room], new[room:]


def _turn(each: Standing) -> tuple[float, Network]:
    return each.approved_at.timestamp() if each.approved_at else 0.0, each.entry.network


def effective(blocks: Iterable[Block], scope: Scope, at: datetime) -> Effective:
    """The list that standing blocks make up; guards are subtracted here, whatever was approved."""
    return listed(stocked(blocks, at).standing, scope)


def listed(standing: Sequence[Standing], scope: Scope) -> Effective:
    """The list of these; guards are subtracted here, whatever was approved."""
    judged = scope.blockable(each.entry.network for each in standing)
    known = {each.entry.network: each.entry for each in standing}
    entries = [
        _told(part, end, known.get(part))
        for found, end in _disjoint(standing)
        for part in common(judged.allowed, found)
    ]
    entries.sort(key=attrgetter("network"))
    return Effective(tuple(entries), tuple(judged.removed), tuple(standing))


def _disjoint(standing: Iterable[Standing]) -> Iterator[tuple[Network, datetime]]:
    """Networks that do not overlap, each with the latest end of the blocks that hold it."""
    pieces: dict[int, list[Piece]] = {4: [], 6: []}
    for each in standing:
        found, end = each.entry.network, each.entry.expires_at
        if end is not None:
            pieces[found.family].append((found.first, found.last, end))
    for family, given in pieces.items():
        for first, last, end in overlaid(given):
            for part in span(family, first, last):
                yield part, end


def _told(found: Network, end: datetime, known: Entry | None) -> Entry:
    """The entry; one that is exactly a block's network says what is known of that block."""
    return replace(known, expires_at=end) if known else Entry(found, end)


def merged(entries: Sequence[Entry]) -> list[Entry]:
    """The fewest entries with the same addresses, for a format that carries no ends."""
    return [Entry(found) for found in merge(entry.network for entry in entries)]


def within(entries: Sequence[Entry], capacity: int | None) -> list[Entry]:
    """As many entries as a consumer takes: those that end last, in order of address."""
    if capacity is None or len(entries) <= capacity:
        return list(entries)
    ranked = sorted(entries, key=_rank)
    return sorted(ranked[:capacity], key=attrgetter("network"))


def _rank(entry: Entry) -> tuple[float, Network]:
    return -entry.expires_at.timestamp() if entry.expires_at else float("-inf"), entry.network


def vanished(before: Iterable[Entry], after: Sequence[Entry], at: datetime) -> list[Network]:
    """Entries of an earlier list that have not ended and are not wholly in the later one."""
    now = merge(entry.network for entry in after)
    standing = (e.network for e in before if e.expires_at is None or e.expires_at > at)
    return [found for found in standing if not covers(now, found)]


def appeared(before: Iterable[Entry], after: Sequence[Entry]) -> list[Network]:
    """Entries of a list that are not wholly in an earlier one."""
    then = merge(entry.network for entry in before)
    return [entry.network for entry in after if not covers(then, entry.network)]

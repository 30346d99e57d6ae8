"""The timeline of a drill: what devices saw, what we did about it, what the teams wrote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from soc.metrics._drills_times import in_force_from

if TYPE_CHECKING:
    from soc.records.alert import Alert
    from soc.records.block import Block
    from soc.records.drill import Drill
    from soc.records.entry import Entry

What = Literal[
    "begins",
    "attacked",
    "detected",
    "taken",
    "judged",
    "proposed",
    "approved",
    "in_force",
    "released",
    "logged",
    "ends",
]
_ORDER = {what: place for place, what in enumerate(What.__args__)}  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Moment:
    """One line; ``text`` is a title, a network, or what somebody wrote."""

    at: datetime
    what: What
    record: str  # id of the record that tells it
    text: str
    detail: str = ""  # verdict, stage, attacker
    by: str = ""
    evidence: tuple[str, ...] = ()


def timeline(
    drills: Iterable[Drill],
    alerts: Iterable[Sequence[Alert]],
    blocks: Iterable[Sequence[Block]],
    entries: Iterable[Entry],
) -> list[Moment]:
    """All moments in order of time; of one moment causes come before what follows from them.

    Args:
        alerts: the revisions of each, oldest first; ``blocks`` likewise.
    """
    found = [moment for drill in drills for moment in _of_drill(drill)]
    found += [moment for history in alerts for moment in _of_alert(history)]
    found += [moment for history in blocks for moment in _of_block(history)]
    found += [_of_entry(entry) for entry in entries]
    return sorted(found, key=lambda each: (each.at, _ORDER[each.what], each.record))


def _of_drill(drill: Drill) -> Iterator[Moment]:
    yield Moment(drill.start, "begins", drill.id, drill.name)
    if drill.end is not None:
        yield Moment(drill.end, "ends", drill.id, drill.name)


def _of_alert(history: Sequence[Alert]) -> Iterator[Moment]:
    first, last = history[0], history[-1]
    attacker = ", ".join(each.address for each in last.attackers[:2])
    yield Moment(last.first_seen, "attacked", last.id, last.title, attacker)
    yield Moment(first.at, "detected", last.id, last.title, last.severity)
    for before, after in pairwise(history):
        if after.state == "acknowledged" != before.state:
            by = after.author.person or after.author.login
            yield Moment(after.at, "taken", last.id, last.title, "", by)
            break
    if last.judged_at is not None:
        verdict, by = last.verdict or "", last.judged_by or ""
        yield Moment(last.judged_at, "judged", last.id, last.title, verdict, by)


def _of_block(history: Sequence[Block]) -> Iterator[Moment]:
    block = history[-1]
    name = block.no or block.id
    for before, after in pairwise((None, *history)):
        if after is not None and after.state == "proposed" != getattr(before, "state", ""):
            by = after.author.person or after.proposed_by
            yield Moment(after.at, "proposed", block.id, block.prefix, name, by)
    if block.approved_at is not None and block.state not in ("proposed", "rejected"):
        yield Moment(block.approved_at, "approved", block.id, block.prefix, name, _approver(block))
    effective = in_force_from(block)
    if effective is not None and effective != block.approved_at:
        yield Moment(effective, "in_force", block.id, block.prefix, name)
    if block.released_at is not None:
        yield Moment(block.released_at, "released", block.id, block.prefix, name)


def _approver(block: Block) -> str:
    persons = {each.login: each.person for each in block.approvals}
    login = block.approved_by or ""
    return persons.get(login) or login


def _of_entry(entry: Entry) -> Moment:
    return Moment(
        at=entry.happened_at,
        what="logged",
        record=entry.id,
        text=entry.text,
        detail=entry.stage or "",
        by=entry.author.person or entry.author.login,
        evidence=entry.evidence,
    )

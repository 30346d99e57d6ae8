"""Runs of the plan that did not come: since when a line is watched, and what is late now.

A line is watched from the first time that a scheduler or cron read it as it stands, so a new
plan, or one that was changed, is never late for times before that. What is on the way is not
late until it is taken for stuck.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from soc._runner_history import going, last_run
from soc.errors import Conflict, SocError

if TYPE_CHECKING:
    from soc._schedule_when import When
    from soc.context import Context

log = logging.getLogger(__name__)

GRACE_S = 3_600  # a run that comes later than this was missed
STUCK_S = 21_600  # a run that goes on for longer is taken for stuck; one that comes often sooner
_STUCK_RUNS = 10  # as many runs as it keeps from coming, but not within the grace
ALARM = "overdue"  # the job that tells people
_READER = "schedule plan"


class Entry(Protocol):
    """One line of the plan."""

    @property
    def job(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def when(self) -> When: ...


@dataclass(frozen=True, slots=True)
class Late:
    """A run that did not come: when it was due, when the job last began; stuck: it began then."""

    job: str
    due: datetime
    last: datetime | None
    is_stuck: bool = False


def missed(when: When, last: datetime, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The first time after ``last`` that a run was due and did not come within the hour."""
    due = when.next(zone, last)
    return due if due + timedelta(seconds=GRACE_S) <= now else None


def late(entries: Sequence[Entry], context: Context) -> list[Late]:
    """Every watched line whose run did not come, by job."""
    marks = context.store.records.watermark(_READER)
    zone, now = ZoneInfo(context.config.site.time_zone), context.clock.now()
    found = (_late(entry, marks.get(_line(entry)), zone, now, context) for entry in entries)
    return [each for each in found if each is not None]


def _late(
    entry: Entry, since_us: int | None, zone: ZoneInfo, now: datetime, context: Context
) -> Late | None:
    if since_us is None:
        return None
    last = last_run(entry.job, context)
    seen = datetime.fromtimestamp(since_us / 1e6, UTC)
    due = missed(entry.when, max(filter(None, (last, seen))), zone, now)
    if due is None:
        return None
    run = going(entry.job, context)
    if run is None or run.since < due or run.worker.is_dead:
        return Late(entry.job, due, last)
    is_stuck = (now - run.since).total_seconds() >= _stuck_s(entry.when)
    return Late(entry.job, due, run.since, is_stuck=True) if is_stuck else None


def _stuck_s(when: When) -> int:
    if when.every_s is None:
        return STUCK_S
    return min(STUCK_S, max(GRACE_S, _STUCK_RUNS * when.every_s))


def watch(entries: Sequence[Entry], context: Context) -> None:
    """Watch these lines, and have people told where what is late has changed.

    What goes wrong here is logged: it keeps no job from its work.
    """
    try:
        _arm(entries, context)
        found = {_told(each) for each in late(entries, context)}
        before = context.store.records.watermark(_READER)
        if found == {key for key in before if _is_told(key)} or ALARM not in context.jobs.names():
            return
        context.jobs.run(ALARM, {}, context)
        kept = {key: mark for key, mark in before.items() if not _is_told(key)}
        _conclude(before, kept | dict.fromkeys(found, 1), context)
    except SocError as error:
        log.error("overdue runs not told", extra={"error.message": str(error)})


def _arm(entries: Sequence[Entry], context: Context) -> None:
    """New lines are watched from now on; lines that the plan has no more are forgotten."""
    before = context.store.records.watermark(_READER)
    now_us = round(context.clock.now().timestamp() * 1e6)
    lines = {_line(entry): before.get(_line(entry), now_us) for entry in entries}
    _conclude(before, lines | {k: v for k, v in before.items() if _is_told(k)}, context)


def _conclude(before: Mapping[str, int], after: Mapping[str, int], context: Context) -> None:
    """Move the marks; where another scheduler just did, it has told the same."""
    if dict(before) == dict(after):
        return
    try:
        context.store.records.conclude(_READER, before, after, ())
    except Conflict:
        log.info("another scheduler watches the plan")


def _line(entry: Entry) -> str:
    return f"line {blake2b(f'{entry.job} {entry.text}'.encode(), digest_size=8).hexdigest()}"


def _told(found: Late) -> str:
    return f"told {found.job} {found.due.isoformat()} {found.is_stuck}"


def _is_told(key: str) -> bool:
    return key.startswith("told ")

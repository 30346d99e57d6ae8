"""What runs when: the plan, its next runs, the runner, and the same plan for cron and systemd.

A time is written ``1m`` or ``2h`` (every), ``06:00`` (daily), ``mon 10:00`` (weekly) or
``1 03:00`` (day of the month), in the site's time zone. Runs go through ``soc.jobs``: a job's
lease keeps cron and the runner from overlapping.
"""

from __future__ import annotations

import logging
import re
import shlex
import time as clocks
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from soc._runner_history import last_run as last_run
from soc._schedule_watch import GRACE_S, missed
from soc._schedule_watch import Late as Late
from soc._schedule_watch import late as late
from soc._schedule_watch import watch as watch
from soc._schedule_when import When as When
from soc.config import Config
from soc.context import Context
from soc.errors import ConfigError, SocError
from soc.jobs import Outcome

log = logging.getLogger(__name__)

DEFAULT: Mapping[str, str] = {
    "detect": "1m",
    "store ship": "1m",
    "block propose": "5m",
    "store compact": "1h",
    "rollup": "05:40",
    "zombies": "05:50",
    "report daily": "06:00",
    "scan daily": "01:00",
    "scan weekly": "02:00",  # one class of asset a day
    "scan monthly": "1 03:00",
    "store retain": "04:30",
}
RETRY_S = (5, 30, 120)  # pauses before the same run is tried again
State = Literal["never", "overdue", "on time"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the plan."""

    job: str
    text: str
    when: When


def idle(config: Config) -> tuple[str, ...]:
    """Jobs of the default plan that have nothing to do with these settings."""
    return () if config.ships else ("store ship",)


def plan(
    wanted: Mapping[str, str], known: list[str], *, place: str, without: Collection[str] = ()
) -> list[Entry]:
    """The plan of a site, by job; the default plan, ``without`` some, where it names none.

    Raises:
        ConfigError: a job that does not exist, or a time that cannot be read.
    """
    chosen = wanted or {
        job: text for job, text in DEFAULT.items() if job in known and job not in without
    }
    entries: list[Entry] = []
    for job, text in sorted(chosen.items()):
        if job not in known:
            names = ", ".join(known)
            raise ConfigError(f"{place}: schedule.{job!r}: no such job; one of {names}")
        when = When.parse(text, place=f"{place}: schedule.{job!r}")
        entries.append(Entry(job, text, when))
    return entries


def entry_of(entries: list[Entry], job: str, *, place: str) -> Entry:
    """The line of the plan for a job.

    Raises:
        ConfigError: the plan has none.
    """
    found = next((entry for entry in entries if entry.job == job), None)
    if found is None:
        raise ConfigError(f"{place}: schedule: {job!r} is not in the plan; see soc schedule show")
    return found


def next_run(entry: Entry, zone: ZoneInfo, now: datetime) -> datetime:
    """When the entry runs next after ``now``, in the site's time zone."""
    found: datetime = _trigger(entry.when, zone, now).get_next_fire_time(None, now)
    return found.astimezone(zone)


def state(entry: Entry, last: datetime | None, zone: ZoneInfo, now: datetime) -> State:
    """Whether what was due an hour ago came: ``never`` ran, ``overdue``, or ``on time``."""
    if last is None:
        return "never"
    return "overdue" if missed(entry.when, last, zone, now) else "on time"


def _trigger(when: When, zone: ZoneInfo, now: datetime) -> Any:
    """APScheduler's trigger; intervals count from midnight, so two schedulers agree."""
    if when.every_s is not None:
        since = when.previous(zone, now)
        return IntervalTrigger(seconds=when.every_s, start_date=since, timezone=zone)
    return CronTrigger(
        day_of_week=when.weekday,
        day=when.day,
        hour=when.hour,
        minute=when.minute,
        timezone=zone,
    )


def cron_lines(entries: list[Entry], zone: str, program: str) -> list[str]:
    """Lines for ``crontab``: the site's zone is fixed in them."""
    lines = [f"CRON_TZ={zone}"]
    for entry in entries:
        lines.append(f"{entry.when.cron()} {program} schedule now --due {shlex.quote(entry.job)}")
    return lines


def systemd_units(entries: list[Entry], zone: str, program: str) -> dict[str, str]:
    """File name and content of a service and a timer for each entry."""
    units: dict[str, str] = {}
    for entry in entries:
        name = "soc-" + re.sub(r"[^a-z0-9]+", "-", entry.job.lower())
        command = f"{program} schedule now --due {_quoted(entry.job)}"
        service = ("[Service]", "Type=oneshot", f"ExecStart={command}")
        unit = ("[Unit]", f"Description=GovSOC: {entry.job}")
        units[f"{name}.service"] = "\n".join((*unit, *service))
        timer = ("[Timer]", entry.when.calendar(zone), "Persistent=true")
        install = ("[Install]", "WantedBy=timers.target")
        units[f"{name}.timer"] = "\n".join((*timer, *install))
    return units


def _quoted(job: str) -> str:
    return f'"{job}"'


def run(
    entries: list[Entry], zone: ZoneInfo, opening: Callable[[], AbstractContextManager[Context]]
) -> None:
    """Run the plan until the process is told to end; each run opens a context of its own.

    A run that was missed while nothing ran is made up for once. A second scheduler, or cron,
    may run the same plan: each due run is made once.
    """
    scheduler = BlockingScheduler(timezone=zone)
    with opening() as context:
        now = context.clock.now()
        watch(entries, context)
        behind = [e for e in entries if _is_missed(e, last_run(e.job, context), zone, now)]
    for entry in entries:
        scheduler.add_job(
            _run_due,
            _trigger(entry.when, zone, now),
            args=(entry, entries, zone, opening),
            id=entry.job,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=GRACE_S,
        )
    for entry in behind:
        args = (entry, entries, zone, opening)
        scheduler.add_job(_run_due, args=args, id=f"{entry.job} (missed)")
    scheduler.start()


def _is_missed(entry: Entry, last: datetime | None, zone: ZoneInfo, now: datetime) -> bool:
    """True where the latest due run did not come, although the job had run before."""
    return last is not None and last < entry.when.previous(zone, now)


def run_due(entry: Entry, zone: ZoneInfo, context: Context) -> Outcome:
    """Run the job unless a run has begun since it was due."""
    due = entry.when.previous(zone, context.clock.now())
    return context.jobs.run(entry.job, {}, context, unless_since=due)


def _run_due(
    entry: Entry,
    entries: list[Entry],
    zone: ZoneInfo,
    opening: Callable[[], AbstractContextManager[Context]],
) -> None:
    """One run, tried again where that can help; an error is logged and the plan goes on."""
    for pause_s in (*RETRY_S, None):
        try:
            with opening() as context:
                watch(entries, context)
                run_due(entry, zone, context)
            return
        except SocError as error:
            facts = {"soc.job": entry.job, "error.message": str(error)}
            if pause_s is None or not error.can_retry:
                log.error("job failed", extra=facts)
                return
            log.warning("job failed for now", extra=facts)
            clocks.sleep(pause_s)

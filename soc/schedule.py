"""What runs when: the plan, its next runs, the runner, and the same plan for cron and systemd.

A time is written ``1m`` or ``2h`` (every), ``06:00`` (daily), ``mon 10:00`` (weekly) or
``1 03:00`` (day of the month), in the site's time zone. Runs go through ``soc.jobs``: a job's
lease keeps cron and the runner from overlapping.
"""

from __future__ import annotations

import logging
import re
import shlex
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from soc.context import Context
from soc.errors import ConfigError, SocError

log = logging.getLogger(__name__)

DEFAULT: Mapping[str, str] = {"detect": "1m", "block propose": "5m", "report daily": "06:00"}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GRACE_S = 3_600  # a run that comes later than this was missed
_EVERY = re.compile(r"([1-9]\d{0,3})([smh])")
_AT = re.compile(r"(?:(mon|tue|wed|thu|fri|sat|sun|[1-9]|[12]\d|3[01]) )?([01]\d|2[0-3]):([0-5]\d)")
_SECONDS = {"s": 1, "m": 60, "h": 3_600}


@dataclass(frozen=True, slots=True)
class When:
    """A parsed time: every ``every_s`` seconds, or at a time of day on some days."""

    every_s: int | None = None
    hour: int = 0
    minute: int = 0
    weekday: str | None = None
    day: int | None = None  # of the month

    @classmethod
    def parse(cls, text: str, *, place: str) -> When:
        """The time that ``text`` writes.

        Raises:
            ConfigError: it is none of the four forms.
        """
        if found := _EVERY.fullmatch(text):
            return cls(every_s=int(found[1]) * _SECONDS[found[2]])
        if found := _AT.fullmatch(text):
            on, hour, minute = found[1], int(found[2]), int(found[3])
            weekday = on if on in DAYS else None
            day = int(on) if on and not weekday else None
            return cls(hour=hour, minute=minute, weekday=weekday, day=day)
        raise ConfigError(f"{place}: {text!r}; write 1m, 06:00, mon 10:00 or 1 03:00")

    def trigger(self, zone: ZoneInfo) -> Any:
        """APScheduler's trigger for it."""
        if self.every_s is not None:
            return IntervalTrigger(seconds=self.every_s, timezone=zone)
        return CronTrigger(
            day_of_week=self.weekday,
            day="last" if self.day == 31 else self.day,
            hour=self.hour,
            minute=self.minute,
            timezone=zone,
        )

    def cron(self) -> str:
        """The five fields of a crontab line.

        Raises:
            ConfigError: an interval that divides neither an hour nor a day; cron cannot say it.
        """
        if self.every_s is None:
            day = self.day or "*"
            weekday = DAYS.index(self.weekday) + 1 if self.weekday else "*"
            return f"{self.minute} {self.hour} {day} * {weekday}"
        minutes, rest = divmod(self.every_s, 60)
        if not rest and 60 % minutes == 0:
            return f"*/{minutes} * * * *"
        hours, rest = divmod(self.every_s, 3_600)
        if not rest and 24 % hours == 0:
            return f"0 */{hours} * * *"
        raise ConfigError(f"every {self.every_s} s: cron cannot say it; divide an hour or a day")

    def calendar(self, zone: str) -> str:
        """The same for a systemd timer, ``systemd.time(7)``."""
        if self.every_s is not None:
            return f"OnUnitActiveSec={self.every_s}s\nOnBootSec=60s"
        day = f"*-*-{self.day:02d}" if self.day else "*-*-*"
        weekday = f"{self.weekday.title()} " if self.weekday else ""
        return f"OnCalendar={weekday}{day} {self.hour:02d}:{self.minute:02d}:00 {zone}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the plan."""

    job: str
    text: str
    when: When


def plan(wanted: Mapping[str, str], known: list[str], *, place: str) -> list[Entry]:
    """The plan of a site, by job; the default plan where ``[schedule]`` is empty.

    Raises:
        ConfigError: a job that does not exist, or a time that cannot be read.
    """
    chosen = wanted or {job: text for job, text in DEFAULT.items() if job in known}
    entries: list[Entry] = []
    for job, text in sorted(chosen.items()):
        if job not in known:
            names = ", ".join(known)
            raise ConfigError(f"{place}: schedule.{job!r}: no such job; one of {names}")
        when = When.parse(text, place=f"{place}: schedule.{job!r}")
        entries.append(Entry(job, text, when))
    return entries


def next_run(entry: Entry, zone: ZoneInfo, now: datetime) -> datetime:
    """When the entry runs next after ``now``, in the site's time zone."""
    found: datetime = entry.when.trigger(zone).get_next_fire_time(None, now)
    return found.astimezone(zone)


def cron_lines(entries: list[Entry], zone: str, program: str) -> list[str]:
    """Lines for ``crontab``: the site's zone is fixed in them."""
    lines = [f"CRON_TZ={zone}"]
    for entry in entries:
        lines.append(f"{entry.when.cron()} {program} schedule now {shlex.quote(entry.job)}")
    return lines


def systemd_units(entries: list[Entry], zone: str, program: str) -> dict[str, str]:
    """File name and content of a service and a timer for each entry."""
    units: dict[str, str] = {}
    for entry in entries:
        name = "soc-" + re.sub(r"[^a-z0-9]+", "-", entry.job.lower())
        command = f"{program} schedule now {_quoted(entry.job)}"
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
    """Run the plan until the process is told to end; each run opens a context of its own."""
    scheduler = BlockingScheduler(timezone=zone)
    for entry in entries:
        scheduler.add_job(
            _run_once,
            entry.when.trigger(zone),
            args=(entry.job, opening),
            id=entry.job,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=GRACE_S,
        )
    scheduler.start()


def _run_once(job: str, opening: Callable[[], AbstractContextManager[Context]]) -> None:
    """One run; an error raised on purpose is logged and the plan goes on."""
    try:
        with opening() as context:
            context.jobs.run(job, {}, context)
    except SocError as error:
        log.error("job failed", extra={"soc.job": job, "error.message": str(error)})

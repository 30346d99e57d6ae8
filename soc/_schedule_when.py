"""Times of a plan: ``1m`` or ``2h`` (every), ``06:00``, ``mon 10:00``, ``1 03:00`` (a month)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from soc.errors import ConfigError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVERY = re.compile(r"([1-9][0-9]{0,3})([smh])")
_AT = re.compile(
    r"(?:(mon|tue|wed|thu|fri|sat|sun|[1-9]|1[0-9]|2[0-8]) )?([01][0-9]|2[0-3]):([0-5][0-9])"
)
_SECONDS = {"s": 1, "m": 60, "h": 3_600}


@dataclass(frozen=True, slots=True)
class When:
    """A parsed time: every ``every_s`` seconds, or at a time of day on some days."""

    every_s: int | None = None
    hour: int = 0
    minute: int = 0
    weekday: str | None = None
    day: int | None = None  # of the month, 1 to 28: every month has it

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
        raise ConfigError(f"{place}: {text!r}; write 1m, 06:00, mon 10:00 or 1 03:00 (day 1 to 28)")

    def previous(self, zone: ZoneInfo, now: datetime) -> datetime:
        """The last time at or before ``now``; intervals count from midnight of the site."""
        local = now.astimezone(zone)
        if self.every_s is not None:
            midnight = datetime.combine(local.date(), time(), zone)
            passed = int((local - midnight).total_seconds())
            return midnight + timedelta(seconds=passed - passed % self.every_s)
        day = local.date() + timedelta(days=1)
        while True:
            day -= timedelta(days=1)
            at = datetime.combine(day, time(self.hour, self.minute), zone)
            if self._is_on(day) and at <= now:
                return at

    def next(self, zone: ZoneInfo, after: datetime) -> datetime:
        """The first time that lies after ``after``."""
        if self.every_s is not None:
            local = after.astimezone(zone)
            tomorrow = datetime.combine(local.date() + timedelta(days=1), time(), zone)
            return min(self.previous(zone, after) + timedelta(seconds=self.every_s), tomorrow)
        day = after.astimezone(zone).date()
        while True:
            at = datetime.combine(day, time(self.hour, self.minute), zone)
            if self._is_on(day) and at > after:
                return at
            day += timedelta(days=1)

    def _is_on(self, day: date) -> bool:
        if self.weekday is not None:
            return DAYS[day.weekday()] == self.weekday
        return self.day is None or day.day == self.day

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
        if not rest and minutes < 60 and 60 % minutes == 0:
            return f"*/{minutes} * * * *"
        hours, rest = divmod(self.every_s, 3_600)
        if not rest and 24 % hours == 0:
            return "0 0 * * *" if hours == 24 else f"0 */{hours} * * *"
        raise ConfigError(f"every {self.every_s} s: cron cannot say it; divide an hour or a day")

    def calendar(self, zone: str) -> str:
        """The same for a systemd timer, ``systemd.time(7)``."""
        if self.every_s is not None:
            return f"OnUnitActiveSec={self.every_s}s\nOnBootSec=60s"
        day = f"*-*-{self.day:02d}" if self.day else "*-*-*"
        weekday = f"{self.weekday.title()} " if self.weekday else ""
        return f"OnCalendar={weekday}{day} {self.hour:02d}:{self.minute:02d}:00 {zone}"

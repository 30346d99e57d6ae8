"""The site's days: periods in its time zone, working days with 调休, shifts across midnight.

UTC inside; a day, week or month that people mean is the site's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from soc import _calendar_days
from soc._calendar_days import Year
from soc.query import Period

_MOST_DAYS_OFF = 60  # no arrangement has so many in a row: a table that does is wrong


@dataclass(frozen=True)
class Calendar:
    """Days of one time zone; ``years`` holds the arrangements of working days by year."""

    zone: ZoneInfo
    years: dict[int, Year] = field(default_factory=_calendar_days.shipped, repr=False)

    def date_of(self, at: datetime) -> date:
        """The site's date at an aware time.

        Raises:
            ValueError: the time is not aware.
        """
        if at.tzinfo is None:
            raise ValueError(f"{at.isoformat()}: an aware time is wanted")
        return at.astimezone(self.zone).date()

    def midnight(self, day: date) -> datetime:
        """When the day begins, in UTC."""
        return datetime.combine(day, time(), tzinfo=self.zone).astimezone(UTC)

    def day(self, day: date) -> Period:
        """Midnight to midnight; 23 or 25 hours where clocks change."""
        return self.days(day, day)

    def days(self, first: date, last: date) -> Period:
        """From the begin of the first day to the end of the last one."""
        return Period(self.midnight(first), self.midnight(last + timedelta(days=1)))

    def week(self, day: date) -> Period:
        """The week that holds the day, Monday to Sunday (GB/T 7408, ISO 8601)."""
        monday = day - timedelta(days=day.weekday())
        return self.days(monday, monday + timedelta(days=6))

    def month(self, day: date) -> Period:
        """The calendar month that holds the day."""
        first = day.replace(day=1)
        following = (first + timedelta(days=31)).replace(day=1)
        return self.days(first, following - timedelta(days=1))

    def dates(self, period: Period) -> list[date]:
        """The site's dates that a period touches."""
        first = self.date_of(period.start)
        last = max(first, self.date_of(period.end - timedelta(microseconds=1)))
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def knows(self, day: date) -> bool:
        """True where the arrangement of the day's year is at hand; else weekends decide."""
        return day.year in self.years

    def is_working(self, day: date) -> bool:
        """True for a working day: the year's arrangement, else Monday to Friday."""
        year = self.years.get(day.year)
        if year and day in year.worked:
            return True
        return day.weekday() < 5 and not (year and day in year.off)

    def next_working_day(self, day: date) -> date:
        """The first working day after the day."""
        return self.add_working_days(day, 1)

    def add_working_days(self, day: date, count: int) -> date:
        """The ``count``-th working day after the day; 0 is the day itself, working or not.

        Raises:
            ValueError: a negative count, or an arrangement without working days.
        """
        if count < 0:
            raise ValueError(f"{count} working days: count forward from an earlier day")
        for _ in range(count):
            day = self._following(day)
        return day

    def _following(self, day: date) -> date:
        ahead = (day + timedelta(days=n) for n in range(1, _MOST_DAYS_OFF))
        found = next((later for later in ahead if self.is_working(later)), None)
        if found is None:
            raise ValueError(f"workdays.toml: no working day for {_MOST_DAYS_OFF} days after {day}")
        return found

    def shift(self, day: date, start: time, end: time) -> Period:
        """The shift that begins on the day; one that ends at or before its start is overnight."""
        last = day if start < end else day + timedelta(days=1)
        return Period(self._moment(day, start), self._moment(last, end))

    def shift_date(self, at: datetime, start: time, end: time) -> date | None:
        """The date on which the shift began that is on duty at the time; None: it is not."""
        today = self.date_of(at)
        for day in (today, today - timedelta(days=1)):
            period = self.shift(day, start, end)
            if period.start <= at < period.end:
                return day
        return None

    def _moment(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, tzinfo=self.zone).astimezone(UTC)

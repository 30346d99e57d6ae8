"""What is registered of a drill, as people give it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from soc.errors import InputError

if TYPE_CHECKING:
    from soc.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Registration:
    """Texts as typed; ``playbooks.drill.new`` understands them."""

    name: str
    start: str
    end: str | None = None
    organiser: str | None = None
    role: str | None = None  # defender, organiser
    level: str | None = None
    type: str | None = None
    units: Sequence[str] = ()  # name, or name:role
    targets: Sequence[str] = ()  # network or system
    attack_sources: Sequence[str] = ()
    protected: Sequence[str] = ()
    posts: Sequence[str] = ()  # name:person,person
    origin: str = "live"


def moment(text: str, calendar: Calendar, option: str, is_end: bool = False) -> datetime:
    """A time on the site's clock, in UTC; a day is its begin, or its end where that is meant.

    Raises:
        InputError: it is neither.
    """
    try:
        if len(text) == len("2026-03-18"):
            day = date.fromisoformat(text) + timedelta(days=1 if is_end else 0)
            return calendar.midnight(day)
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{option}: {text!r}: write 2026-03-18 or 2026-03-18T08:30") from error
    return (found if found.tzinfo else found.replace(tzinfo=calendar.zone)).astimezone(UTC)


def today_at(text: str, now: datetime, calendar: Calendar, option: str) -> datetime:
    """A time; ``08:30`` is that of today.

    Raises:
        InputError: it is none.
    """
    if len(text) > len("08:30"):
        return moment(text, calendar, option)
    try:
        clock = time.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{option}: {text!r}: write 08:30 or 2026-03-18T08:30") from error
    local = datetime.combine(calendar.date_of(now), clock, tzinfo=calendar.zone)
    return local.astimezone(UTC)


def split(text: str) -> tuple[str, str]:
    """``name:rest`` (or full-width colon) in two; an absent rest is empty."""
    name, _, rest = text.replace("：", ":").partition(":")
    return name.strip(), rest.strip()

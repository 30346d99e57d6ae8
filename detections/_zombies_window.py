"""Which days count, and what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING

from detections._zombies_facts import Daily, Use, Window

if TYPE_CHECKING:
    from detections._zombies_settings import ZombieSettings

YEAR_DAYS = 365
RECENT_DAYS = 30
_BASE_DAYS = 5  # sound days of the same sort that say what is normal
_LEAST_DAYS = 3
_ADAPT_DAYS = 60  # after so long a fall is how things are


def observed(daily: Daily, today: date, settings: ZombieSettings) -> Window:
    """The last observed days before today; an outage stretches the window, up to its reach."""
    found: list[date] = []
    for index in range(len(daily.coverage) - 1, -1, -1):
        day = daily.day(index)
        if day < today - timedelta(days=settings.reach_days):
            break
        if day < today and daily.coverage[index] >= settings.day_coverage:
            found.append(day)
        if len(found) == settings.window_days:
            break
    is_full = len(found) == settings.window_days
    first = found[-1] if is_full else today - timedelta(days=settings.reach_days)
    span = max(settings.window_days, (today - first).days)
    return Window(first, today - timedelta(days=1), len(found), len(found) / span)


def calendar_days(today: date, settings: ZombieSettings) -> Window:
    """The last days whether anybody watched or not: what a verdict without guards rests on."""
    first = today - timedelta(days=settings.window_days)
    return Window(first, today - timedelta(days=1), settings.window_days, 1.0)


def used(daily: Daily, window: Window, today: date, settings: ZombieSettings) -> Use:
    """What was seen in the window and before; a client counts on half-watched days too."""
    start, end = _index(daily, window.first), _index(daily, today)
    year = _index(daily, today - timedelta(days=YEAR_DAYS))
    recent = max(start, _index(daily, today - timedelta(days=RECENT_DAYS)))
    clients = daily.clients[:end]
    busy = [n for n in range(year, end) if clients[n] >= settings.busy_clients]
    watched = (n for n in range(end) if daily.coverage[n] >= settings.day_coverage)
    callers, unnamed = _distinct(daily, start, end)
    return Use(
        clients=len(callers) + unnamed,
        recent=sum(clients[recent:]),
        last=_latest(daily, clients),
        busy=daily.day(busy[-1]) if busy else None,
        busy_days=len(busy),
        flows=sum(daily.flows[start:end]),
        removed=sum(daily.removed[start:end]),
        answered=sum(daily.answered[start:end]),
        outbound=sum(daily.outbound[start:end]),
        watched_since=next((daily.day(n) for n in watched), None),
        is_by_day=unnamed > 0,
        taken=tuple((why, sum(daily.taken[why][start:end])) for why in daily.taken),
        callers=callers,
    )


def _distinct(daily: Daily, start: int, end: int) -> tuple[frozenset[str], int]:
    """Clients by name, and the sum of those of days that name none."""
    used = [n for n in range(start, end) if daily.clients[n]]
    named = (daily.callers[n] for n in used if n in daily.callers)
    unnamed = sum(daily.clients[n] for n in used if n not in daily.callers)
    return frozenset().union(*named), unnamed


def _index(daily: Daily, day: date) -> int:
    """Of the entry of a day, held within the entries that there are."""
    count = len(daily.coverage)
    return min(count, max(0, count - 1 - (daily.last - day).days))


def _latest(daily: Daily, clients: Sequence[int]) -> date | None:
    return next((daily.day(n) for n in range(len(clients) - 1, -1, -1) if clients[n] > 0), None)


def faulty(
    volumes: Sequence[int], coverage: Sequence[float], working: Sequence[bool], fall: float
) -> list[int]:
    """Days on which the flows of a whole zone fall by more than ``fall``: a sensor's fault.

    A day is held against the last sound days of its own sort, so that week-ends and holidays
    are no fault.
    """
    sound: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
    found: list[int] = []
    for index, volume in enumerate(volumes):
        if coverage[index] <= 0:
            continue
        latest = sound[working[index]][-_BASE_DAYS:]
        base = [flows for day, flows in latest if index - day <= _ADAPT_DAYS]
        if len(base) >= _LEAST_DAYS and volume < (1 - fall) * median(base):
            found.append(index)
        else:
            sound[working[index]].append((index, volume))
    return found

"""What was reported: the list of editions, one of them, and a number found again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from reports._editions import is_outdated
from reports._run import drill_of, drill_period, last_over
from soc.errors import InputError
from soc.metrics import COUNTED, compute, name, number, question, rule, spoken
from soc.query import Period
from soc.records.drill import Drill
from soc.records.report import Report as Edition

if TYPE_CHECKING:
    from soc.context import Context
    from soc.text import Language


def listed(context: Context, limit: int | None = None) -> list[dict[str, Any]]:
    """Editions, the newest period first, with their standing now; ``limit`` of them at most."""
    found = [cast("Edition", each) for each in context.store.records.find("report")]
    found.sort(key=lambda each: (each.start, each.name, each.edition), reverse=True)
    return [_line(each, context) for each in found[:limit]]


def _line(edition: Edition, context: Context) -> dict[str, Any]:
    days = context.calendar.dates(Period(edition.start, edition.end))
    return {
        "id": edition.id,
        "name": edition.name,
        "period": " – ".join(dict.fromkeys((days[0].isoformat(), days[-1].isoformat()))),
        "edition": edition.edition,
        "drill": edition.subject,
        "unit": edition.unit,
        "as_of": edition.as_of.isoformat(),
        "state": standing(edition, context),
        "changed": list(edition.changed),
        "files": dict(edition.files),
    }


def standing(edition: Edition, context: Context) -> str:
    """``superseded``, ``withdrawn``, ``current``; ``outdated``: later rows are in its period."""
    if edition.state in ("superseded", "withdrawn"):
        return edition.state
    is_old = is_outdated(edition, context.engine) or _has_moved(edition, context)
    return "outdated" if is_old else "current"


def _has_moved(edition: Edition, context: Context) -> bool:
    """True where a number of a drill is another one by now: it rests on records, not rows."""
    drill = context.store.records.get("drill", edition.subject) if edition.subject else None
    if not isinstance(drill, Drill):
        return False
    now = context.clock.now()
    origins = ("simulated",) if edition.origin == "simulated" else COUNTED
    asked = question(drill_period(drill, now), context, now, origins, drill.id)
    return any(number(each, asked).value != value for each, value in edition.values.items())


def shown(report_id: str, context: Context) -> dict[str, Any]:
    """One edition with everything that its numbers rest on.

    Raises:
        InputError: there is none of that id.
    """
    found = context.store.records.get("report", report_id)
    if not isinstance(found, Edition):
        raise InputError(f"report {report_id!r}: is not known; see `soc report list`")
    rested = ("values", "coverage", "watermarks")
    return {**_line(found, context), **{key: dict(asdict(found)[key]) for key in rested}}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which number is asked for, as it was typed."""

    metric: str
    day: str | None = None
    drill: str | None = None
    origins: tuple[str, ...] = ()
    as_of: str | None = None


def found_again(asked: Asked, context: Context, language: Language) -> dict[str, Any]:
    """A number of a day of the site or of a drill, counted again: as of now, or of a time.

    Raises:
        ConfigError: no such metric.
        InputError: no such day, drill or time.
    """
    as_of = _time(asked.as_of, context) if asked.as_of else context.clock.now()
    origins = asked.origins or COUNTED
    if asked.drill is not None:
        drill = drill_of(asked.drill, context)
        period, subject = drill_period(drill, as_of), drill.id
        if drill.origin == "simulated":
            origins = ("simulated",)
    else:
        day = _date(asked.day) if asked.day else last_over("day", context)
        period, subject = context.calendar.day(day), None
    found = compute(asked.metric, period, context, as_of, origins, subject)
    return {
        "metric": asked.metric,
        "name": name(asked.metric, language),
        "value": found.value,
        "shown": spoken(found, language),
        "rule": rule(asked.metric, language),
        "period": [period.start.isoformat(), period.end.isoformat()],
        "as_of": as_of.isoformat(),
        "drill": subject,
        "origins": list(origins),
        "coverage": found.coverage,
        "watermark": {name: dict(marks) for name, marks in found.watermark.items()},
    }


def _time(text: str, context: Context) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"--as-of: {text!r} is no time; write 2026-03-19T08:00") from error
    return found if found.tzinfo else found.replace(tzinfo=context.calendar.zone)


def _date(day: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError as error:
        raise InputError(f"--date: {day!r} is no day; write it as 2026-03-18") from error

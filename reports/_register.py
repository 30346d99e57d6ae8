"""What was reported: the list of editions, one of them, and a number found again."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from reports._editions import is_outdated
from reports._run import last_over
from soc.errors import InputError
from soc.metrics import COUNTED, compute, name, rule, spoken
from soc.query import Period
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
        "as_of": edition.as_of.isoformat(),
        "state": standing(edition, context),
        "changed": list(edition.changed),
        "files": dict(edition.files),
    }


def standing(edition: Edition, context: Context) -> str:
    """``superseded``, ``withdrawn``, ``current``; ``outdated``: later rows are in its period."""
    if edition.state in ("superseded", "withdrawn"):
        return edition.state
    return "outdated" if is_outdated(edition, context.engine) else "current"


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


def found_again(
    metric_id: str, day: str | None, origins: tuple[str, ...], context: Context, language: Language
) -> dict[str, Any]:
    """A number of a day of the site, counted again now.

    Raises:
        ConfigError: no such metric.
        InputError: no such day.
    """
    period = context.calendar.day(_date(day) if day else last_over("day", context))
    found = compute(metric_id, period, context, context.clock.now(), origins or COUNTED)
    return {
        "metric": metric_id,
        "name": name(metric_id, language),
        "value": found.value,
        "shown": spoken(found, language),
        "rule": rule(metric_id, language),
        "period": [period.start.isoformat(), period.end.isoformat()],
        "origins": list(origins or COUNTED),
        "coverage": found.coverage,
        "watermark": {name: dict(marks) for name, marks in found.watermark.items()},
    }


def _date(day: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError as error:
        raise InputError(f"--date: {day!r} is no day; write it as 2026-03-18") from error

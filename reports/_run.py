"""Builds a report, renders it, and keeps the record of the edition."""

from __future__ import annotations

import logging
import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from reports._editions import Issue, issue
from reports._fonts import missing
from reports._unit_copy import copied, numbered
from soc import plugins
from soc.errors import ConfigError, InputError, StoreError
from soc.jobs import Outcome
from soc.query import Period
from soc.store import Change

if TYPE_CHECKING:
    from reports import Builder, DrillBuilder, ReportParams, Span
    from reports._model import Report
    from reports.formats import Format
    from soc.calendar import Calendar
    from soc.context import Context
    from soc.records.drill import Drill

log = logging.getLogger(__name__)


def run(name: str, params: ReportParams, context: Context) -> Outcome:
    """Build, render and record one report; the outcome tells what was made, and where.

    Raises:
        ConfigError: no such report or format.
        StoreError: the folder cannot be written.
    """
    builder = plugins.load("reports", name)
    formats = {
        each: cast("Format", plugins.load("reports.formats", each)) for each in params.formats
    }
    as_of = context.clock.now().astimezone(UTC)
    draft, origins = drafted(name, builder, params, as_of, context)
    if params.unit is not None:
        draft = copied(draft, params.unit, context)
    day = context.calendar.date_of(draft.period.start)
    made = issue(draft, day, origins, context)
    if params.unit is not None:
        made = numbered(made, context)
    folder = params.out or context.store.home / "reports"
    stem = _stem(made, day, context)
    files = [
        written(
            folder / f"{stem}-v{made.report.edition}{each.SUFFIX}", each.render(made.report), kind
        )
        for kind, each in formats.items()
    ]
    keep(made, files, context)
    log.info("report made", extra={"soc.report": made.record.id, "soc.is_new": made.is_new})
    return _outcome(made, files)


def drafted(
    name: str, builder: Any, params: ReportParams, as_of: datetime, context: Context
) -> tuple[Report, tuple[str, ...]]:
    """The report as built now, and the origins that it counts.

    Raises:
        ConfigError: a drill is wanted and none is named, or the other way round.
        InputError: no such drill.
    """
    if builder.SPAN != "drill":
        if params.drill is not None:
            raise ConfigError(f"report {name}: is of no drill; leave --drill out")
        period = period_of(
            builder.SPAN, params.date or last_over(builder.SPAN, context), context.calendar
        )
        build = cast("Builder", builder).build
        return build(period, as_of, context, params.origins), params.origins
    if params.drill is None:
        raise ConfigError(f"report {name}: is of one drill; name it with --drill")
    found = drill_of(params.drill, context)
    origins = ("simulated",) if found.origin == "simulated" else params.origins
    about = cast("DrillBuilder", builder).build
    return about(drill_period(found, as_of), as_of, context, origins, found.id), origins


def _stem(made: Issue, day: date, context: Context) -> str:
    """Name of the files: site, report, day or drill, whose copy, edition."""
    report = made.report
    drill = context.store.records.get("drill", report.subject) if report.subject else None
    about = f"{(drill.no if drill else None) or day}"
    parts = (context.config.site.code, report.name, about, made.record.no or "")
    return "-".join(part for part in parts if part)


def period_of(span: Span, day: date, calendar: Calendar) -> Period:
    """The day, week or month of the site that holds the day."""
    if span == "drill":
        raise ConfigError("report: a drill has a time of its own; name it with --drill")
    return {"day": calendar.day, "week": calendar.week, "month": calendar.month}[span](day)


def last_over(span: Span, context: Context) -> date:
    """A day of the last period that is over."""
    today = context.calendar.date_of(context.clock.now())
    start = context.calendar.date_of(period_of(span, today, context.calendar).start)
    return start - timedelta(days=1)


def drill_of(named: str, context: Context) -> Drill:
    """The drill of an id, a number or a name; of drills of one name the latest.

    Raises:
        InputError: none is called so.
    """
    held = [cast("Drill", each) for each in context.store.records.find("drill")]
    fits = [each for each in held if named in (each.id, each.no, each.name)]
    if not fits:
        raise InputError(f"drill {named!r}: no such drill; see `soc drill list`")
    return max(fits, key=lambda each: (each.start, each.id))


def drill_period(drill: Drill, as_of: datetime) -> Period:
    """The drill's time; one without an end goes on until now."""
    return Period(drill.start, max(drill.start, drill.end or as_of))


def written(path: Path, content: bytes, kind: str) -> dict[str, Any]:
    """What was written: a file is whole or not there.

    Raises:
        StoreError: the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
            part.write(content)
        Path(part.name).chmod(0o640)
        Path(part.name).replace(path)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}; choose another folder by --out") from error
    digest = sha256(content).hexdigest()
    return {"format": kind, "path": str(path), "sha256": digest, "bytes": len(content)}


def keep(made: Issue, files: list[dict[str, Any]], context: Context) -> None:
    """Store the edition with its files; the edition that it replaces is superseded."""
    named = {Path(each["path"]).name: each["sha256"] for each in files}
    record = replace(
        made.record,
        files={**made.record.files, **named},
        at=context.clock.now(),
        author=context.actor.author(),
    )
    changes = []
    if made.is_new or dict(record.files) != dict(made.record.files):
        digest = sha256("".join(sorted(record.files.values())).encode()).hexdigest()[:16]
        changes.append(Change(f"{record.id}:{digest}", record, made.record.revision))
    if made.is_new and made.before is not None and made.before.state in ("built", "issued"):
        old = replace(made.before, state="superseded", at=record.at, author=record.author)
        changes.append(Change(f"{old.id}:superseded", old, old.revision))
    context.store.records.apply(changes)


def _outcome(made: Issue, files: list[dict[str, Any]]) -> Outcome:
    report = made.report
    coverage = next((n.coverage for n in report.numbers if n.coverage is not None), None)
    return Outcome(
        counts={"files": len(files)},
        coverage=coverage,
        value={
            "report": made.record.id,
            "name": report.name,
            "edition": report.edition,
            "is_new": made.is_new,
            "period": [report.period.start.isoformat(), report.period.end.isoformat()],
            "as_of": report.as_of.isoformat(),
            "files": files,
            "coverage": coverage,
            "numbers": {each.metric: each.value for each in report.numbers},
            "changed": list(made.record.changed),
            "missing_glyphs": _missing(report),
        },
    )


def _missing(report: Report) -> list[str]:
    from reports.formats.html import page

    return missing(page(report))

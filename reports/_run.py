"""Builds a report, renders it, and keeps the record of the edition."""

from __future__ import annotations

import logging
import tempfile
from dataclasses import replace
from datetime import UTC, date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from reports._editions import Issue, issue
from reports._fonts import missing
from soc import plugins
from soc.errors import StoreError
from soc.jobs import Outcome
from soc.store import Change

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports import Builder, ReportParams, Span
    from reports._model import Report
    from reports.formats import Format
    from soc.calendar import Calendar
    from soc.context import Context
    from soc.query import Period

log = logging.getLogger(__name__)

_SPANS: Mapping[Span, int] = {"day": 1, "week": 7, "month": 28}  # days back that are surely before


def run(name: str, params: ReportParams, context: Context) -> Outcome:
    """Build, render and record one report; the outcome tells what was made, and where.

    Raises:
        ConfigError: no such report or format.
        StoreError: the folder cannot be written.
    """
    builder = cast("Builder", plugins.load("reports", name))
    formats = {
        each: cast("Format", plugins.load("reports.formats", each)) for each in params.formats
    }
    day = params.date or last_over(builder.SPAN, context)
    period = period_of(builder.SPAN, day, context.calendar)
    as_of = context.clock.now().astimezone(UTC)
    draft = builder.build(period, as_of, context, params.origins)
    made = issue(draft, context.calendar.date_of(period.start), params.origins, context)
    folder = params.out or context.store.home / "reports"
    stem = f"{context.config.site.code}-{name}-{context.calendar.date_of(period.start)}"
    files = [
        written(
            folder / f"{stem}-v{made.report.edition}{each.SUFFIX}", each.render(made.report), kind
        )
        for kind, each in formats.items()
    ]
    keep(made, files, context)
    log.info("report made", extra={"soc.report": made.record.id, "soc.is_new": made.is_new})
    return _outcome(made, files)


def period_of(span: Span, day: date, calendar: Calendar) -> Period:
    """The day, week or month of the site that holds the day."""
    return {"day": calendar.day, "week": calendar.week, "month": calendar.month}[span](day)


def last_over(span: Span, context: Context) -> date:
    """A day of the last period that is over."""
    today = context.calendar.date_of(context.clock.now())
    start = context.calendar.date_of(period_of(span, today, context.calendar).start)
    return start - timedelta(days=1)


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

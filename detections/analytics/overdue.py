"""A job of the plan did not run when it was due, or has been at it for hours.

Whatever it makes (detections, lists, reports) is missing or old since then. Any detection tells
it, and so does every scheduler, so that one of them may be dead. When the job runs again the
alert says since when.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from detections._behaviour import AnalyticSettings, Match, Reading, Rule
from detections._match_episode import all_figures, is_gone
from soc.query import Select
from soc.where import Equals

if TYPE_CHECKING:
    from soc.context import Context
    from soc.schedule import Late

RULE = Rule(
    name="overdue",
    level="high",
    category="设备设施故障事件/技术故障",
    techniques=(),
    tactics=(),
    datasets=("health",),
    is_daily=True,
    is_timed=True,
    confidence="high",
    sentences=("sentence", "sentence_never", "sentence_stuck", "sentence_recovered"),
)


class Settings(AnalyticSettings):
    """``[detections.analytics.overdue]``."""


def detect(window: Reading, settings: Settings, context: Context) -> Iterator[Match]:
    """Runs that are late now, and those told before that came since; an entity is a job."""
    from soc.schedule import last_run, late, plan

    config = context.config
    entries = plan(config.schedule, context.jobs.names(), place=config.place)
    found = late(entries, context)
    yield from (_late(each, context) for each in found)
    open_now = {(each.job, each.due) for each in found}
    planned = {entry.job for entry in entries}
    for told in _told(window, context):
        job, due = told["job"], datetime.fromisoformat(told["start"])
        last = last_run(job, context)
        if (job, due) in open_now or job not in planned or last is None:
            continue
        if "came" in told:
            yield _came(job, due, datetime.fromisoformat(told["came"]), told["day"], context)
        elif last >= due:
            yield _came(job, due, last, _today(context), context)


def _told(window: Reading, context: Context) -> Iterator[dict[str, Any]]:
    """Figures of what was told before and is not over, or was over on a day that is judged."""
    query = Select(
        "match", Equals("rule.id", RULE.id, cased=True), _COLUMNS, latest_by="soc.match.key"
    )
    judged = {day.isoformat() for day in window.days}
    for batch in context.engine.select(query):
        for row in batch.to_pylist():
            figures = all_figures(row)
            is_over = "came" in figures and figures["day"] not in judged
            if not is_over and not is_gone(row):
                yield figures


_COLUMNS = ("@timestamp", "soc.match.key", "soc.match.figures")


def _late(found: Late, context: Context) -> Match:
    sentence = "sentence_stuck" if found.is_stuck else "sentence"
    return _match(
        found.job,
        found.due,
        found.due,
        _today(context),
        sentence if found.last else "sentence_never",
        {"last": _said(found.last, context) if found.last else "-"},
        context,
    )


def _came(job: str, due: datetime, came: datetime, day: str, context: Context) -> Match:
    figures = {"came": came.isoformat(), "came_at": _said(came, context)}
    return _match(job, due, came, day, "sentence_recovered", figures, context)


def _match(
    job: str,
    due: datetime,
    end: datetime,
    day: str,
    sentence: str,
    figures: dict[str, str],
    context: Context,
) -> Match:
    return Match(
        group=f"{job} {due.isoformat()}",
        entity=job,
        start=due,
        end=end,
        origin="live",
        count=1,
        figures={"job": job, "due": _said(due, context), **figures},
        sentence=sentence,
        day=date.fromisoformat(day),
        result="unknown",
    )


def _today(context: Context) -> str:
    return context.calendar.date_of(context.clock.now()).isoformat()


def _said(at: datetime, context: Context) -> str:
    return f"{at.astimezone(context.calendar.zone):%m-%d %H:%M}"

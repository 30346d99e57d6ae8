"""The driver of the analytics: new rows to each, episodes into the log as matches.

An episode keeps the key that it got when it was first found. When later rows change it, its row
is issued again and the latest version counts; when two grow into one, the other points to the
survivor; when a judged day no longer shows it, it is withdrawn.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, cast

from detections import _analytics_rows as rows_of
from detections import _match
from detections._analytics_rows import Row, overlapping
from detections._match_episode import is_gone
from soc import plugins
from soc.errors import SocError
from soc.query import Aggregate, Bucket, Measure, Select, Window
from soc.text import Language, text
from soc.where import All, Equals, In, Some

if TYPE_CHECKING:
    from detections._alerts_filter import Silences
    from detections._behaviour import AnalyticSettings, Match, Rule
    from detections.analytics import Analytic
    from soc.context import Context

log = logging.getLogger(__name__)

FAMILY = "detections.analytics"


@dataclass(frozen=True, slots=True)
class Ran:
    """What the analytics did: matches stored by name, and those that failed with one line each."""

    stored: Mapping[str, int]
    errors: tuple[str, ...]


def analytics() -> dict[str, Analytic]:
    """Every analytic by name."""
    return {name: cast("Analytic", plugins.load(FAMILY, name)) for name in plugins.names(FAMILY)}


def settings_of(name: str, analytic: Analytic, context: Context) -> AnalyticSettings:
    """The settings of an analytic.

    Raises:
        ConfigError: an unknown key or a wrong value.
    """
    return context.config.plugin(f"{FAMILY}.{name}", analytic.Settings)


def listed(context: Context, language: Language) -> list[dict[str, Any]]:
    """The analytics as the command line prints them; keys are stable.

    Raises:
        ConfigError: the settings of one are wrong.
    """
    return [
        {
            "id": analytic.RULE.id,
            "name": name,
            "title": text(f"analytics.{name}.title", language),
            "level": analytic.RULE.level,
            "dataset": list(analytic.RULE.datasets),
            "techniques": list(analytic.RULE.techniques),
            "enabled": settings_of(name, analytic, context).enabled,
            "advice": text(f"analytics.{name}.advice", language),
        }
        for name, analytic in analytics().items()
    ]


def run(context: Context, silences: Silences) -> Ran:
    """Give every analytic what is new to it; one that fails does not keep others from running."""
    stored: dict[str, int] = {}
    errors: list[str] = []
    for name, analytic in analytics().items():
        try:
            stored[name] = _run(name, analytic, context, silences)
        except SocError as error:
            errors.append(f"analytic {name}: {error}")
    return Ran(stored, tuple(errors))


def run_one(name: str, context: Context, silences: Silences) -> int:
    """Matches that one analytic stored."""
    return _run(name, analytics()[name], context, silences)


def _run(name: str, analytic: Analytic, context: Context, silences: Silences) -> int:
    settings = settings_of(name, analytic, context)
    if not settings.enabled:
        return 0
    return sum(
        _dataset(analytic, dataset, settings, context, silences)
        for dataset in analytic.RULE.datasets
    )


def _dataset(
    analytic: Analytic,
    dataset: str,
    settings: AnalyticSettings,
    context: Context,
    silences: Silences,
) -> int:
    """Matches that were stored; the mark moves after them, so a run cut off is run again."""
    from detections._behaviour import Reading

    rule = analytic.RULE
    reader, records = f"{rule.id} {dataset}", context.store.records
    before = records.watermark(reader)
    window = context.engine.window(dataset, before)
    if window.is_empty and not rule.is_timed:
        return 0
    reading = Reading(dataset, window, _days(rule, dataset, window, context))
    found = list(analytic.detect(reading, settings, context))
    rows = _changed(rule, reading.days, dataset, found, context)
    stored = _append(rule, dataset, [_hidden(row, silences) for row in rows], context)
    if dict(window.upto) != dict(before):
        records.conclude(reader, before, window.upto, ())
    return stored


def _days(rule: Rule, dataset: str, window: Window, context: Context) -> tuple[date, ...]:
    """Days of the site that new rows fell on; for what is judged by the clock the last two."""
    calendar = context.calendar
    if rule.is_timed:
        today = calendar.date_of(context.clock.now())
        return (today - timedelta(days=1), today)
    if not rule.is_daily:
        return ()
    zone = context.config.site.time_zone
    query = Aggregate(
        dataset, (Measure("n", "count"),), bucket=Bucket(86_400, zone=zone), window=window
    )
    rows = context.engine.aggregate(query).to_pylist()
    return tuple(sorted(calendar.date_of(row["bucket"]) for row in rows if row["bucket"]))


def _changed(
    rule: Rule, days: Sequence[date], dataset: str, found: Sequence[Match], context: Context
) -> Iterator[Row]:
    """Rows to be issued: new episodes, changed ones, merged ones, and those that are gone."""
    standing = _standing(rule, days, dataset, found, context)
    named: set[str] = set()
    for match in found:
        same = overlapping(match, standing.values())
        row = rows_of.row(rule, dataset, match, same[0] if same else None, context)
        named |= {row["soc.match.key"], *(one["soc.match.key"] for one in same)}
        if rows_of.differs(row, standing.get(row["soc.match.key"])):
            yield row
        for other in same[1:]:
            yield rows_of.gone(other, merged_into=row["soc.match.key"])
    judged = {day.isoformat() for day in days}
    for key, stored in standing.items():
        day = stored["soc.match.figures"].get("day")
        if rule.is_daily and key not in named and day in judged:
            yield rows_of.gone(stored)


def _standing(
    rule: Rule, days: Sequence[date], dataset: str, found: Sequence[Match], context: Context
) -> dict[str, Row]:
    """Stored rows by key, as they count now, that the matches may continue; none that is gone."""
    entities = tuple(sorted({match.entity for match in found}))
    judged = tuple(day.isoformat() for day in days) if rule.is_daily else ()
    if not entities and not judged:
        return {}
    near = Some((In("soc.match.entity", entities), In("soc.match.figures.day", judged)))
    where = All((Equals("rule.id", rule.id), Equals("soc.match.dataset", dataset), near))
    query = Select("match", where, rows_of.COLUMNS, latest_by="soc.match.key")
    rows = (row for batch in context.engine.select(query) for row in batch.to_pylist())
    read = (row | {"soc.match.figures": dict(row["soc.match.figures"] or ())} for row in rows)
    return {row["soc.match.key"]: row for row in read if not is_gone(row)}


def _hidden(row: Row, silences: Silences) -> dict[str, Any]:
    return {**row, "soc.match.suppressed_by": silences.hiding(row)}


def _append(rule: Rule, dataset: str, rows: Sequence[dict[str, Any]], context: Context) -> int:
    if not rows:
        return 0
    source = _match.source_key("analytic", rule.name, dataset)
    first = context.store.log.position(source, "match") + 1
    numbered = [
        row | {"soc.record": first + n, "soc.match.figures": list(row["soc.match.figures"].items())}
        for n, row in enumerate(rows)
    ]
    stored = context.store.log.append([_match.batch(numbered, source)]).stored
    log.info("analytic matched", extra={"rule.id": rule.id, "soc.stored": stored})
    return stored

"""Parts 4 to 6 of the drill report: numbers and times, unit by unit, what must be put right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from reports._dates import written
from reports._literal import literal
from reports._model import Chart, Column, Section, Series, Table
from soc.metrics import drills as counted
from soc.metrics._drills_times import percentile
from soc.text import label, text
from soc.where import In, Not

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports._build import Writer
    from reports._model import Block, Cell
    from soc.metrics import Number
    from soc.records.alert import Alert
    from soc.records.drill import Drill
    from soc.records.finding import Finding

UNITS = 40
PROBLEMS = 40
_SPANS = ("detect", "judge", "contain")
_MOST_DAYS = 31  # columns of a chart by day
_ENDED = ("closed", "false_positive")  # states of a finding


def data(writer: Writer, drill: Drill) -> Section:
    """Attacks and alerts in figures, the times, the course."""
    said = writer.say(
        "data",
        attacks=writer.number("drill_attacks_blocked"),
        alerts=writer.number("drill_alerts"),
        blocks=writer.number("drill_blocks"),
        coverage=writer.number("data_coverage"),
    )
    blocks: list[Block] = [said, _times(writer), *_course(writer)]
    return Section(writer.words("s4"), tuple(blocks))


def _times(writer: Writer) -> Table:
    columns = (
        Column(writer.words("span"), width=40),
        Column(writer.words("measured"), "right", 20),
        Column(writer.words("median"), "right", 20),
        Column(writer.words("p90"), "right", 20),
    )
    rows: list[tuple[Cell, ...]] = []
    for span in _SPANS:
        known = [each for each in _values(writer, f"{span}_s") if each is not None]
        median, p90 = (writer.number(f"drill_{span}_{key}") for key in ("median", "p90"))
        rows.append((writer.words(f"span_{span}"), str(len(known)), median, p90))
    return Table(writer.words("times"), columns, tuple(rows), note=writer.words("times_note"))


def _values(writer: Writer, span: str) -> list[float | None]:
    return [getattr(each, span) for each in counted.spans(writer.asked)]


def _course(writer: Writer) -> Iterator[Chart]:
    """Alerts by hour of a drill of one day, by day of a longer one."""
    if not writer.number("drill_alerts").value:
        return
    dates = writer.asked.context.calendar.dates(writer.asked.period)
    by = "hour" if len(dates) == 1 else "day"
    found = writer.members("drill_alerts", by)
    span = {f"{hour:02}" for hour in range(24)} if by == "hour" else {str(each) for each in dates}
    names = tuple(sorted({*found, *span}))
    if len(names) > _MOST_DAYS:
        return
    series = (Series(writer.words("alerts"), tuple(found[name] for name in names)),)
    shown = names if by == "hour" else tuple(name[5:] for name in names)
    yield Chart("columns", writer.words(f"course_{by}"), shown, series, writer.words("unit_items"))


def units(writer: Writer, drill: Drill) -> Section:
    """One row a unit that took part or was hit."""
    kinds = ("drill_alerts", "drill_confirmed", "drill_succeeded", "drill_open")
    found = [writer.members(each, "unit") for each in kinds]
    named = {each.unit for each in drill.participants} | {m for part in found for m in part}
    ranked = sorted(named, key=lambda unit: (*(-(part[unit].value or 0) for part in found), unit))
    columns = (
        Column(writer.words("unit"), width=34),
        *(Column(writer.words(k), "right", 12) for k in ("alerts", "confirmed", "won", "open")),
        Column(writer.words("contain"), "right", 18),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (unit_name(writer, unit), *(part[unit] for part in found), _contained(writer, unit))
        for unit in ranked[:UNITS]
    )
    note = writer.words("units_note", count=len(ranked)) if len(ranked) > UNITS else ""
    table = Table(writer.words("units"), columns, rows, empty=writer.words("units_none"), note=note)
    return Section(writer.words("s5"), (table,))


def _contained(writer: Writer, unit: str) -> Number:
    """The unit's own median of the time to contain."""
    ids = {a.id for a in counted.alerts(writer.asked) if counted.unit_of(a) == unit}
    spans = (each.contain_s for each in counted.spans(writer.asked) if each.alert in ids)
    whole = writer.number("drill_contain_median")
    return replace(whole, value=percentile(spans, 0.5), member=unit)


def unit_name(writer: Writer, unit: str) -> str:
    """Name of a unit by its id; an address without one is said to be not in the ledger."""
    if not unit:
        return writer.words("no_unit")
    found = writer.asked.context.store.records.get("unit", unit, at=writer.asked.as_of)
    return literal(str(getattr(found, "name", unit)))


def problems(writer: Writer, drill: Drill) -> Section:
    """What the teams noted, findings on the targets, and alerts that are still open."""
    rows = [*_noted(writer), *_found(writer, drill), *_unfinished(writer)]
    columns = (
        Column(writer.words("rank"), "center", 8),
        Column(writer.words("source"), width=14),
        Column(writer.words("content"), width=44),
        Column(writer.words("unit"), width=20),
        Column(writer.words("state"), "center", 14),
    )
    listed: list[tuple[Cell, ...]] = [
        (str(place), *row) for place, row in enumerate(rows[:PROBLEMS], start=1)
    ]
    note = writer.words("problems_note", count=len(rows)) if len(rows) > PROBLEMS else ""
    none = writer.words("problems_none")
    table = Table(writer.words("problems"), columns, tuple(listed), empty=none, note=note)
    said = writer.say("to_mend" if rows else "to_mend_none", count=len(rows))
    return Section(writer.words("s6"), (said, table) if rows else (said,))


def _noted(writer: Writer) -> Iterator[tuple[str, ...]]:
    zone = writer.asked.context.config.site.time_zone
    for entry in counted.entries(writer.asked):
        if entry.stage == "problem":
            at = written(entry.happened_at, "day", zone, writer.language)
            yield writer.words("noted"), literal(entry.text), "—", writer.words("on", day=at)


def _found(writer: Writer, drill: Drill) -> Iterator[tuple[str, ...]]:
    """Findings that name the drill, or lie on a system that is a target."""
    standing = Not(In("state", _ENDED))
    found = [cast("Finding", each) for each in writer.asked.records("finding", standing)]
    ours = (f for f in found if drill.id in f.drills or (f.system and f.system in drill.targets))
    for each in sorted(ours, key=lambda each: (each.grade or "", each.id)):
        state = label(f"records.state.finding.{each.state}", writer.language)
        unit = unit_name(writer, each.unit or "")
        yield writer.words("finding"), literal(each.title, 90), unit, state


def _unfinished(writer: Writer) -> Iterator[tuple[str, ...]]:
    ranked = sorted(counted.unfinished(writer.asked), key=_gravity)
    for alert in ranked:
        state = label(f"report.alert_state.{alert.state}", writer.language)
        unit = unit_name(writer, counted.unit_of(alert))
        severity = text(f"report.level.{alert.severity}", writer.language)
        said = writer.words("open_alert", title=literal(alert.title, 70), level=severity)
        yield writer.words("alert"), said, unit, state


def _gravity(alert: Alert) -> tuple[bool, int, str]:
    levels = ("critical", "high", "medium", "low", "informational")
    return alert.result not in counted.SUCCEEDED, levels.index(alert.severity), alert.id

"""Editions: the first build of a period is edition 1; a build that says the same is no new one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from reports._build import changed_table, reclosed
from reports._content import fingerprint
from reports._model import Notice, Report, Section
from soc.metrics import Number
from soc.query import Aggregate, Measure, Period
from soc.records import make_id
from soc.records.report import Report as Edition
from soc.text import text
from soc.where import Equals, In

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from soc.context import Context
    from soc.store import Engine, Records


@dataclass(frozen=True, slots=True)
class Issue:
    """A report as it is to be printed, and the record that stands for it."""

    report: Report
    record: Edition
    before: Edition | None  # the edition that it replaces, or None
    is_new: bool


def editions(
    records: Records,
    name: str,
    period: Period,
    subject: str | None = None,
    unit: str | None = None,
) -> list[Edition]:
    """All editions of one report on one period (or on one drill), first edition first.

    A copy for a unit has editions of its own.
    """
    found = (cast("Edition", each) for each in records.find("report", Equals("name", name)))
    same = (each for each in found if (each.subject, each.unit) == (subject, unit))
    if subject is None:  # the time of a drill may still change, the drill stays the same
        same = (each for each in same if each.start == period.start and each.end == period.end)
    return sorted(same, key=lambda each: each.edition)


def issue(draft: Report, day: date, origins: tuple[str, ...], context: Context) -> Issue:
    """The edition that a fresh build is: a new one, or the last one if it says the same."""
    known = [
        each
        for each in editions(
            context.store.records, draft.name, draft.period, draft.subject, draft.unit
        )
        if each.origin == _origin(origins)
    ]
    content = fingerprint(draft)
    if known and known[-1].content == content and known[-1].state != "withdrawn":
        last, before = known[-1], known[-2] if len(known) > 1 else None
        stored = tuple(replace(n, watermark=_marks(last, n)) for n in draft.numbers)
        report = replace(draft, numbers=stored).issued(last.as_of, last.edition)
        return Issue(_printed(report, before, day, origins), last, before, is_new=False)
    before = known[-1] if known else None
    report = draft.issued(draft.as_of, before.edition + 1 if before else 1)
    record = _record(report, content, before, origins, context)
    return Issue(_printed(report, before, day, origins), record, before, is_new=True)


def _origin(origins: tuple[str, ...]) -> str:
    return "simulated" if "simulated" in origins else "live"


def _marks(edition: Edition, number: Number) -> Mapping[str, Mapping[str, int]]:
    return {each: edition.watermarks.get(each, {}) for each in number.watermark}


def _record(
    report: Report,
    content: str,
    before: Edition | None,
    origins: tuple[str, ...],
    context: Context,
) -> Edition:
    site, is_simulated = context.config.site, _origin(origins) == "simulated"
    period = (report.period.start.isoformat(), report.period.end.isoformat())
    named = (report.name, *period, _origin(origins), report.edition)
    about = [part for part in (report.subject, report.unit) if part]
    return Edition(
        id=make_id(site.code, "report", *named, *about),
        state="built",
        origin="simulated" if is_simulated else "live",
        at=report.as_of,
        author=context.actor.author(),
        name=report.name,
        title=report.title,
        language=report.language,
        unit=report.unit,
        subject=report.subject,
        start=report.period.start,
        end=report.period.end,
        edition=report.edition,
        as_of=report.as_of,
        values={each.metric: each.value for each in report.numbers},
        changed=tuple(each.metric for each in report.numbers if _differs(each, before)),
        watermarks={name: dict(m) for each in report.numbers for name, m in each.watermark.items()},
        coverage={e.metric: e.coverage for e in report.numbers if e.coverage is not None},
        content=content,
    )


def _differs(number: Number, before: Edition | None) -> bool:
    if before is None:
        return False
    return number.metric not in before.values or before.values[number.metric] != number.value


def _printed(report: Report, before: Edition | None, day: date, origins: tuple[str, ...]) -> Report:
    """With its closing table, and for a later edition what changed."""
    closed = reclosed(report, day, origins)
    if before is None:
        return closed
    pairs = [(each, _past(each, before)) for each in report.numbers if _differs(each, before)]
    given = {"edition": report.edition, "before": before.edition}
    if pairs:
        said = text("report.editions.said", report.language, **given, count=len(pairs))
    else:
        said = text("report.editions.said_same", report.language, **given)
    first = closed.sections[0]
    table = changed_table(pairs, report.language)
    opened = Section(first.title, (*first.blocks, *((table,) if pairs else ())))
    return replace(
        closed,
        sections=(opened, *closed.sections[1:]),
        notices=(*closed.notices, Notice(said)),
    )


def _past(number: Number, before: Edition) -> Number:
    value = before.values.get(number.metric)
    known = float(value) if isinstance(value, int | float) else None
    return replace(number, value=known, coverage=before.coverage.get(number.metric))


def is_outdated(edition: Edition, engine: Engine) -> bool:
    """True where rows of its period were appended after what it had read."""
    period = Period(edition.start, edition.end)
    origins = ("simulated",) if edition.origin == "simulated" else ("live", "imported")
    return any(
        _later(engine, dataset, marks, period, origins)
        for dataset, marks in edition.watermarks.items()
    )


def _later(
    engine: Engine,
    dataset: str,
    marks: Mapping[str, int],
    period: Period,
    origins: tuple[str, ...],
) -> bool:
    window = engine.window(dataset, marks)
    if window.is_empty:
        return False
    query = Aggregate(
        dataset,
        (Measure("n", "count"),),
        where=In("soc.origin", origins),
        period=period,
        window=window,
    )
    return any(row["n"] for row in engine.aggregate(query).to_pylist())

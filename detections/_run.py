"""The driver: new rows against all rules, matches into the log, matches into alerts.

Each rule version reads each of its datasets once, by the log's versions: a late row is a row
with a later version. What a run appended before it was cut off is appended alike and dropped
by the log when it is run again, so nothing is missed and nothing doubled.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from detections import _analytics, _match, alerts
from detections._rules import Ruleset, filled, ruleset, trap_columns
from soc.jobs import Outcome, Params
from soc.query import Marks, Period, Select, Window
from soc.readable import insist, readable
from soc.where import All, Equals, In

if TYPE_CHECKING:
    import pyarrow as pa

    from detections._alerts_filter import Silences
    from detections.sigma import Rule, Target
    from soc.context import Context

log = logging.getLogger(__name__)

_SLICE = 64  # log versions that are read in one go; bounds the matches held in memory
_AHEAD = timedelta(days=366)  # clocks of devices run ahead


@dataclass(frozen=True, slots=True)
class Pass:
    """Rules that read the same window of one dataset."""

    dataset: str
    rules: tuple[tuple[Rule, Target], ...]
    window: Window
    is_backfill: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """What the passes of one run share."""

    context: Context
    silences: Silences
    settings_days: int

    def period(self, one: Pass) -> Period | None:
        """A backfill has a stated range of event time; other passes take every row."""
        if not one.is_backfill:
            return None
        now = self.context.clock.now()
        return Period(now - timedelta(days=self.settings_days), now + _AHEAD)


def detect(params: Params, context: Context) -> Outcome:
    """Run all rules over what was appended since they last ran, and fold what they found."""
    rules = ruleset(context)
    insist(("match",), context)  # else an episode that goes on would be told as a new one
    ended = alerts.expire(context)
    run = Run(context, alerts.silences(context), rules.settings.backfill_days)
    found = {name: _dataset(run, name, rules) for name in _datasets(rules)}
    analysed = _analytics.run(context, run.silences)
    folded = _folded(context)
    counts = {
        "rules": len(rules.runnable()),
        "matches": sum(found.values()) + sum(analysed.stored.values()),
        "opened": folded.opened,
        "updated": folded.updated,
        "suppressed": folded.suppressed,
        "expired": ended,
    }
    errors = (*rules.errors, *analysed.errors)
    log.info("detection ran", extra={"soc.counts": counts, "soc.rule_errors": len(errors)})
    analytics = dict(analysed.stored)
    value = {**counts, "datasets": found, "analytics": analytics, "errors": list(errors)}
    return Outcome("partial" if errors else "done", counts, errors=errors, value=value)


def overdue(params: Params, context: Context) -> Outcome:
    """Tell the runs of the plan that did not come, also while detection itself does not run."""
    insist(("match",), context)
    stored = _analytics.run_one("overdue", context, alerts.silences(context))
    folded = _folded(context)
    counts = {"matches": stored, "opened": folded.opened, "updated": folded.updated}
    return Outcome("done", counts, value=counts)


def _folded(context: Context) -> alerts.Folded:
    """Matches of this run are in alerts; where they cannot be read yet, the next run folds them."""
    readable(("match",), context)
    return alerts.fold(context)


def passes(
    dataset: str, rules: Iterable[tuple[Rule, Target]], before: Marks, upto: Marks
) -> list[Pass]:
    """What is to be read: by rules that stand at one place together, by new rules from the start.

    A rule version without a mark is new. Where others have read before, it catches up on what
    they read (a backfill) and then goes with them; else it simply begins.
    """
    high = _high(before)
    groups: dict[tuple[tuple[str, int], ...], list[tuple[Rule, Target]]] = {}
    fresh: list[tuple[Rule, Target]] = []
    for pair in rules:
        mine = marks_of(before, pair[0].version)
        if not mine and high:
            fresh.append(pair)
        groups.setdefault(tuple(sorted((mine or high).items())), []).append(pair)
    found = [Pass(dataset, tuple(fresh), Window({}, high), is_backfill=True)] if fresh else []
    found += [Pass(dataset, tuple(pairs), Window(dict(at), upto)) for at, pairs in groups.items()]
    return [one for one in found if not one.window.is_empty]


def marks_of(marks: Marks, version: str) -> dict[str, int]:
    """How far one rule version has read, by origin; the reader keeps all of them in one place."""
    prefix = f"{version}@"
    return {k.removeprefix(prefix): v for k, v in marks.items() if k.startswith(prefix)}


def slices(window: Window) -> Iterator[tuple[str, Window]]:
    """The window in pieces of one origin and at most 64 of its log versions, in order."""
    for origin, last in sorted(window.upto.items()):
        after = window.after.get(origin, -1)
        while after < last:
            upto = min(after + _SLICE, last)
            yield origin, Window({origin: after}, {origin: upto})
            after = upto


def _datasets(rules: Ruleset) -> list[str]:
    return sorted({target.dataset for rule in rules.runnable() for target in rule.targets})


def _dataset(run: Run, dataset: str, rules: Ruleset) -> int:
    """Matches that were new in the log."""
    reader = f"detect {dataset}"
    records = run.context.store.records
    before = records.watermark(reader)
    upto = run.context.engine.newest(dataset)
    pairs = [(r, t) for r in rules.runnable() for t in r.targets if t.dataset == dataset]
    stored = sum(_pass(run, one) for one in passes(dataset, pairs, before, upto))
    after = _moved(before, {rule.version for rule, _ in pairs}, upto, rules)
    if after != dict(before):
        records.conclude(reader, before, after, ())
    return stored


def _moved(before: Marks, read: set[str], upto: Marks, rules: Ruleset) -> dict[str, int]:
    """The marks after the run; those of rule versions that are gone are dropped."""
    known = {rule.version for rule in rules.rules}
    kept = {key: mark for key, mark in before.items() if key.partition("@")[0] in known}
    return kept | {f"{v}@{origin}": mark for v in sorted(read) for origin, mark in upto.items()}


def _high(marks: Marks) -> dict[str, int]:
    high: dict[str, int] = {}
    for key, mark in marks.items():
        origin = key.partition("@")[2]
        high[origin] = max(mark, high.get(origin, mark))
    return high


def _pass(run: Run, one: Pass) -> int:
    versions = sorted(rule.version for rule, _ in one.rules)
    kind = "backfill" if one.is_backfill else "new"
    with run.context.progress.task(one.dataset) as task:
        stored = 0
        for origin, window in slices(one.window):
            rows = _matches(run, replace(one, window=window))
            if rows:  # numbered by the versions of one host's log, so each host is a source
                source = _match.source_key(kind, one.dataset, origin, *versions)
                batch = _match.batch(rows, source)
                stored += run.context.store.log.append([batch]).stored
            task.advance(len(rows))
    return stored


def _matches(run: Run, one: Pass) -> list[dict[str, Any]]:
    """Numbered rows of ``match`` for one window."""
    language = run.context.config.site.language
    rules = _awake(run, one)
    first = min(one.window.after.values(), default=-1)
    rows: list[dict[str, Any]] = []
    versions: list[int] = []
    for rule, event in _events(run, one, rules):
        row = _match.match_row(rule, one.dataset, event, language)
        row["soc.match.suppressed_by"] = run.silences.hiding(row)
        row["soc.match.backfill"] = one.is_backfill
        rows.append(row)
        version = event["soc.version"]
        versions.append(first if version is None else version)
    return _match.numbered(rows, versions)


def _events(
    run: Run, one: Pass, rules: Mapping[str, tuple[Rule, Target]]
) -> Iterator[tuple[Rule, Mapping[str, Any]]]:
    """What each rule finds; what was found before is left out where rows may come again.

    That is so in a backfill (an earlier version of the rule may have seen them) and for rows
    whose log version is no longer known.
    """
    if not rules:
        return
    columns = _match.columns((rule for rule, _ in rules.values()), one.dataset)
    query = Select(one.dataset, columns=columns, period=run.period(one), window=one.window)
    wheres = {key: target.where for key, (_, target) in rules.items()}
    found: set[tuple[str, str]] | None = None
    for key, batch in run.context.engine.match(query, wheres):
        rule = rules[key][0]
        for event in _mappings(batch):
            if one.is_backfill or event["soc.version"] is None:
                found = _found(run, one) if found is None else found
                if (rule.id, event["event.id"]) in found:
                    continue
            yield rule, event


def _mappings(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = batch.to_pylist()
    return rows


def _found(run: Run, one: Pass) -> set[tuple[str, str]]:
    """Rule and event of every match that is stored for these rules, of whichever version."""
    ids = tuple(sorted({rule.id for rule, _ in one.rules}))
    where = All((In("rule.id", ids), Equals("soc.match.dataset", one.dataset)))
    query = Select("match", where=where, columns=("rule.id", "soc.match.events"))
    return {
        (row["rule.id"], event)
        for batch in run.context.engine.select(query)
        for row in _mappings(batch)
        for event in row["soc.match.events"] or ()
    }


def _awake(run: Run, one: Pass) -> dict[str, tuple[Rule, Target]]:
    """The rules by version, less those that would match every row of this window."""
    return {rule.version: (rule, t) for rule, t in one.rules if not _is_trapped(run, one, rule, t)}


def _is_trapped(run: Run, one: Pass, rule: Rule, target: Target) -> bool:
    names = trap_columns(rule, target)
    if not names:
        return False
    counts = filled(run.context.engine, one.dataset, target.source, names, one.window)
    return not any(counts[name] for name in names)

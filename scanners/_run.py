"""The driver of scans: plan, measure, store, judge, and leave a record of what was covered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from scanners._hours import left_s
from scanners._known import Ledger
from scanners._nmap_command import count
from scanners._plan import Plan, planned
from scanners._seen import Seen, is_fallen, outcomes
from scanners._stop import is_stopped, running_scans
from soc.jobs import Outcome
from soc.records import make_id
from soc.records.scan import Scan
from soc.store import Change

if TYPE_CHECKING:
    from scanners import ScanParams
    from scanners.nmap import Settings
    from soc.batch import Batch
    from soc.context import Context


MANY_PORTS = 10_000  # of a host: no time for one host holds


def run(params: ScanParams, context: Context) -> Outcome:
    """Scan what may be scanned and store it; ``partial`` where anything stayed unknown."""
    context.actor.require("scan")
    return measure(planned(params.targets, context), params, context)


def measure(
    plan: Plan, params: ScanParams, context: Context, *, all_versions: bool = False
) -> Outcome:
    """Scan a plan; ``all_versions`` asks unchanged hosts too.

    A run in which far fewer of the same hosts live than before is ``suspect``: the scanner was
    cut off, or the network. Its rows stay, no finding and no verdict rests on them.
    """
    from soc.plugins import load

    context.actor.require("scan")
    plugin = load("scanners", params.kind)
    settings = _settings(plugin.Settings, params, all_versions, context)
    record = _begun(params, plan, settings, context)
    limit_s = _limit_s(params.plan, settings, context)
    if limit_s is None:
        return _out_of_hours(record, plan, settings, context)
    settings = settings.model_copy(update={"limit_s": limit_s})
    before = Ledger(context, settings.vantage).live()
    batches = plugin.scan(
        plan.targets, settings, context, source=source_key(record.id), run=record.id
    )
    seen = store(batches, context)
    ended = _ended(record, plan, seen, before, context)
    return Outcome(
        "done" if ended.state == "done" else "partial",
        counts={"hosts": sum(ended.counts.values()), "rows": seen.rows},
        coverage=ended.coverage,
        errors=ended.errors,
        value={**_told(ended, plan, seen), "findings": _findings(ended, context)},
    )


def _settings(model: Any, params: ScanParams, all_versions: bool, context: Context) -> Settings:
    settings: Settings = context.config.plugin(f"scanners.{params.kind}", model)
    changed: dict[str, object] = {"ports": params.ports} if params.ports else {}
    if all_versions:
        changed["refresh_days"] = 0
    if count(params.ports or settings.ports) > MANY_PORTS:
        changed["host_timeout_s"] = settings.limit_s  # a host that times out loses all its ports
    return settings.model_copy(update=changed)


def _limit_s(plan: str, settings: Settings, context: Context) -> int | None:
    """How long the run may take: its own limit or the end of the plan's hours; None: not now."""
    hours = settings.hours.get(plan)
    if hours is None:
        return settings.limit_s
    left = left_s(hours, context.clock.now().astimezone(context.calendar.zone))
    return None if left is None else min(left, settings.limit_s)


def _out_of_hours(record: Scan, plan: Plan, settings: Settings, context: Context) -> Outcome:
    """A run that was not begun: every target is unknown, and a later run goes on with it."""
    seen, now = Seen(), context.clock.now()
    told = tuple(
        replace(each, reason="outside_hours") if each.outcome == "unknown" else each
        for each in outcomes(seen, plan, context)
    )
    hours = settings.hours[record.plan]
    ended = replace(
        record,
        state="stopped",
        at=now,
        ended_at=now,
        outcomes=told,
        counts={"unknown": sum(each.outcome == "unknown" for each in told)},
        reason=f"outside the hours {hours} of the plan",
    )
    context.store.records.apply([Change(f"{record.id}:end", ended, expected=None)])
    value = {**_told(ended, plan, seen), "findings": {}}
    return Outcome("partial", counts={"hosts": 0}, value=value)


def _findings(ended: Scan, context: Context) -> dict[str, int]:
    """What the checks made of the run; nothing where it is suspect."""
    from scanners._findings import evaluate

    return {} if ended.state == "suspect" else dict(evaluate(ended.id, ended.ports, context))


def source_key(run: str) -> int:
    """The source key of a run: signed 64 bit of the digest of its id."""
    return int.from_bytes(sha256(run.encode()).digest()[:8], "big", signed=True)


def store(batches: Iterable[Batch], context: Context) -> Seen:
    """Append batches as they come, with who the addresses are; what they said, host by host."""
    seen = Seen()
    for batch in _enriched(batches, context):
        seen.take(batch)
        if batch.rows is not None:
            seen.rows += context.store.log.append([batch]).stored
    return seen


def _enriched(batches: Iterable[Batch], context: Context) -> Iterator[Batch]:
    for batch in batches:
        if batch.rows is None:
            yield batch
        else:
            yield replace(batch, rows=context.estate.enrich(batch.rows, None))


def _begun(params: ScanParams, plan: Plan, settings: Settings, context: Context) -> Scan:
    now = context.clock.now()
    site = context.config.site.code
    targets = tuple(str(target.network) for target in plan.targets)
    record = Scan(
        id=make_id(site, "scan", params.kind, now.isoformat(), *targets),
        state="running",
        at=now,
        author=context.actor.author(),
        plan=params.plan,
        scanner=params.kind,
        vantage=settings.vantage or None,
        targets=targets,
        ports=settings.ports,
        started_at=now,
    )
    dead = [Change(f"{each.id}:dead", _dead(each, context)) for each in running_scans(context)]
    context.store.records.apply([*dead, Change(f"{record.id}:begin", record, expected=None)])
    return record


def _dead(record: Scan, context: Context) -> Scan:
    """A scan that says it runs although we hold the lease of scans: its process is gone."""
    return replace(
        record,
        state="failed",
        at=context.clock.now(),
        author=context.actor.author(),
        errors=(*record.errors, "ended without a word: killed, or its host went down"),
    )


def _ended(record: Scan, plan: Plan, seen: Seen, before: set[str], context: Context) -> Scan:
    told = outcomes(seen, plan, context)
    states = Counter(outcome.outcome for outcome in told if outcome.outcome != "refused")
    suspect = is_fallen(before, seen)
    errors = (("nmap was broken off",) if seen.broken else ()) + (
        ("far fewer hosts live than before: the scanner may be cut off",) if suspect else ()
    )
    state = _state(record, states, suspect, seen, context)
    ended = replace(
        _stopped(record, context) if state == "stopped" else record,
        state=state,
        at=context.clock.now(),
        ended_at=context.clock.now(),
        outcomes=told,
        counts=dict(states),
        coverage=states["up"] / total if (total := sum(states.values())) else None,
        errors=errors,
        is_suspect=suspect,
        hosts_before=len(before & seen.hosts.keys()),
        phases=dict(seen.phases),
    )
    context.store.records.apply([Change(f"{record.id}:end", ended, expected=None)])
    return ended


def _stopped(record: Scan, context: Context) -> Scan:
    """The record as it was stopped: by whom, and why."""
    stored = context.store.records.get("scan", record.id)
    return stored if isinstance(stored, Scan) else record


def _state(record: Scan, states: Counter[str], suspect: bool, seen: Seen, context: Context) -> str:
    if is_stopped(record.id, context.store.records):
        return "stopped"
    if suspect:
        return "suspect"
    return "partial" if seen.broken or states["unknown"] else "done"


def _told(record: Scan, plan: Plan, seen: Seen) -> dict[str, Any]:
    return {
        "run": record.id,
        "plan": record.plan,
        "result": record.state,
        "suspect": record.is_suspect,
        "targets": len(plan.targets),
        "outside": list(plan.outside),
        "excluded": list(plan.excluded),
        "hosts": sum(record.counts.values()),
        "up": record.counts.get("up", 0),
        "unknown": record.counts.get("unknown", 0),
        "open": seen.open_ports,
        "versions": record.phases.get("version", 0),
        "stored": seen.rows,
        "coverage": record.coverage,
    }

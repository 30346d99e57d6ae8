"""The driver of scans: plan, measure, store, and leave a record of what was covered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from scanners._plan import Plan, planned
from soc.jobs import Outcome
from soc.records import make_id
from soc.records.scan import Scan, TargetOutcome
from soc.store import Change

if TYPE_CHECKING:
    from scanners import ScanParams
    from scanners.nmap import Settings
    from soc.batch import Batch
    from soc.context import Context

MOST_OUTCOMES = 5_000  # targets whose outcome a record names one by one


@dataclass
class _Seen:
    """What the batches of a run said, host by host."""

    hosts: dict[str, tuple[str, str]] = field(default_factory=dict)  # address -> state, outcome
    open: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    broken: int = 0

    def take(self, batch: Batch) -> None:
        self.broken += batch.tally.refused
        for row in batch.rows.to_pylist() if batch.rows else ():
            address = row["destination.ip"]
            self.hosts[address] = (row["soc.scan.host"], row["soc.scan.outcome"])
            self.open[address] += row["soc.scan.state"] == "open"


def run(params: ScanParams, context: Context) -> Outcome:
    """Scan what may be scanned and store it; ``partial`` where anything stayed unknown."""
    from soc.plugins import load

    context.actor.require("scan")
    plan = planned(params.targets, context)
    plugin = load("scanners", params.kind)
    settings = context.config.plugin(f"scanners.{params.kind}", plugin.Settings)
    if params.ports:
        settings = settings.model_copy(update={"ports": params.ports})
    record = _begun(params, plan, settings, context)
    source = source_key(record.id)
    batches = plugin.scan(plan.targets, settings, context, source=source, run=record.id)
    seen = store(batches, context)
    return _ended(record, plan, seen, context)


def source_key(run: str) -> int:
    """The source key of a run: signed 64 bit of the digest of its id."""
    return int.from_bytes(sha256(run.encode()).digest()[:8], "big", signed=True)


def store(batches: Iterable[Batch], context: Context) -> _Seen:
    """Append batches as they come, with who the addresses are; what they said, host by host."""
    seen = _Seen()
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
    context.store.records.apply([Change(f"{record.id}:begin", record, expected=None)])
    return record


def _ended(record: Scan, plan: Plan, seen: _Seen, context: Context) -> Outcome:
    states = Counter(state for state, _ in seen.hosts.values())
    unheard = sum(target.network.is_host for target in plan.targets) - len(seen.hosts)
    states["unknown"] += max(unheard, 0)
    partial = bool(seen.broken or states["unknown"])
    covered = states["up"] / total if (total := sum(states.values())) else None
    ended = replace(
        record,
        state="partial" if partial else "done",
        at=context.clock.now(),
        ended_at=context.clock.now(),
        outcomes=tuple(_outcomes(seen))[:MOST_OUTCOMES],
        counts=dict(states),
        coverage=covered,
        errors=("nmap was broken off",) if seen.broken else (),
    )
    context.store.records.apply([Change(f"{record.id}:end", ended, expected=None)])
    return Outcome(
        "partial" if partial else "done",
        counts={"hosts": sum(states.values()), "rows": seen.rows},
        coverage=covered,
        errors=ended.errors,
        value=_told(ended, plan, seen, states),
    )


def _outcomes(seen: _Seen) -> Iterator[TargetOutcome]:
    for address, (state, outcome) in sorted(seen.hosts.items()):
        reason = None if outcome == "done" else outcome
        yield TargetOutcome(
            target=address, outcome=state, reason=reason, open_ports=seen.open[address]
        )


def _told(record: Scan, plan: Plan, seen: _Seen, states: Counter[str]) -> dict[str, Any]:
    return {
        "run": record.id,
        "result": record.state,
        "targets": len(plan.targets),
        "outside": list(plan.outside),
        "hosts": sum(states.values()),
        "up": states["up"],
        "unknown": states["unknown"],
        "open": sum(seen.open.values()),
        "stored": seen.rows,
        "coverage": record.coverage,
    }

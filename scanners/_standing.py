"""The jobs of the standing plans: what a plan chose is measured at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from scanners import PlanParams, ResumeParams, SampleParams, ScanParams, WeeklyParams, _plans
from scanners._plan import Plan, planned
from scanners._resume import rest, rest_of_month
from scanners._run import measure
from soc.errors import ConfigError
from soc.records.scan import Scan

if TYPE_CHECKING:
    from soc.context import Context
    from soc.jobs import Outcome

PLANS = ("daily", "weekly", "monthly", "sample")
EVERY_PORT = "1-65535"


def daily(params: PlanParams, context: Context) -> Outcome:
    """Key assets: curated ports, services only where something changed."""
    plan = _plans.daily(day(params, context), context)
    return measure(plan, _asked("daily", params), context)


def weekly(params: WeeklyParams, context: Context) -> Outcome:
    """The class of the day and a sample: services of every host."""
    plan = _plans.weekly(day(params, context), params.share, context)
    return measure(plan, _asked("weekly", params), context, all_versions=True)


def monthly(params: PlanParams, context: Context) -> Outcome:
    """The whole estate, and who else is there; what this month's last run left, if it did."""
    on = day(params, context)
    plan = rest_of_month("monthly", on, context) or _plans.monthly(on, context)
    return measure(plan, _asked("monthly", params), context)


def every_port(params: SampleParams, context: Context) -> Outcome:
    """Every TCP port of a few hosts, others each month: finds what the curated ports leave out."""
    plan = _plans.every_port(day(params, context), params.share, context)
    asked = ScanParams(plan="sample", kind=params.kind, ports=params.ports or EVERY_PORT)
    return measure(plan, asked, context)


def resume(params: ResumeParams, context: Context) -> Outcome:
    """What a run left undone, by its plan and its ports; what it measured is not asked again."""
    scan, plan = rest(params.run, context)
    asked = ScanParams(plan=scan.plan, kind=scan.scanner or "nmap", ports=scan.ports or "")
    return measure(plan, asked, context)


def choose(name: str, targets: Sequence[str], when: date | None, context: Context) -> Plan:
    """What a standing plan would touch on a day, or a scan of these targets for an empty name.

    Raises:
        ConfigError: no such plan, or targets beside one.
        ScopeError: a named target is outside the scope.
    """
    _check(name, targets)
    on = day(PlanParams(date=when), context)
    if not name:
        return planned(targets, context)
    if name == "daily":
        return _plans.daily(on, context)
    if name == "weekly":
        return _plans.weekly(on, WeeklyParams().share, context)
    if name == "sample":
        return _plans.every_port(on, SampleParams().share, context)
    return _plans.monthly(on, context)


def job(
    name: str, targets: Sequence[str], when: date | None, ports: str
) -> tuple[str, dict[str, Any]]:
    """The job that a command asks for, and its parameters.

    Raises:
        ConfigError: no such plan, or targets beside one.
    """
    _check(name, targets)
    if not name:
        return "scan", {"targets": tuple(targets), "ports": ports}
    return f"scan {name}", {"date": when, "ports": ports}


def _check(name: str, targets: Sequence[str]) -> None:
    if name and name not in PLANS:
        raise ConfigError(f"--plan {name!r}: is not one of {', '.join(PLANS)}")
    if name and targets:
        raise ConfigError(f"--plan {name}: chooses its targets itself; leave out {targets[0]}")


def runs(context: Context, limit: int) -> list[dict[str, Any]]:
    """The newest runs first."""
    found = [each for each in context.store.records.find("scan") if isinstance(each, Scan)]
    found.sort(key=lambda each: (each.started_at or each.at, each.id), reverse=True)
    return [_run(each) for each in found[:limit]]


def _run(scan: Scan) -> dict[str, Any]:
    return {
        "id": scan.run or scan.id,
        "plan": scan.plan,
        "result": scan.state,
        "started_at": scan.started_at.isoformat() if scan.started_at else None,
        "ended_at": scan.ended_at.isoformat() if scan.ended_at else None,
        "hosts": sum(scan.counts.values()),
        "up": scan.counts.get("up", 0),
        "unknown": scan.counts.get("unknown", 0),
        "versions": scan.phases.get("version", 0),
        "suspect": scan.is_suspect,
        "hosts_before": scan.hosts_before,
        "coverage": scan.coverage,
        "origin": scan.origin,
        "errors": list(scan.errors),
    }


def day(params: PlanParams, context: Context) -> date:
    """The day that was named, else today of the site."""
    return params.date or context.calendar.date_of(context.clock.now())


def _asked(plan: str, params: PlanParams) -> ScanParams:
    return ScanParams(plan=plan, kind=params.kind, ports=params.ports)

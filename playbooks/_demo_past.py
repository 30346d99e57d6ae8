"""The days before the made day, through the jobs that a site runs: collect, import, roll up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from playbooks.simulate import _city as city
from playbooks.simulate import _estate, _history, day
from soc.records import make_id
from soc.records._parts import Alias
from soc.records.system import Declaration, System, normalised
from soc.records.unit import Unit, UnitType
from soc.store import Change

if TYPE_CHECKING:
    from datetime import date, datetime

    from playbooks.simulate._clock import MadeClock
    from soc.context import Context

Steps = dict[str, Mapping[str, Any]]
_TYPES: Mapping[str, UnitType] = {
    "委办局": "bureau",
    "街道": "subdistrict",
    "社区": "community",
    "区属企业": "enterprise",
    "医院": "hospital",
}
_ADDED = (
    *("records", "stored", "refused", "waiting"),
    *("rows", "already", "letters", "retries"),
    *("matches", "opened", "updated", "suppressed", "expired"),
)
SIMULATED = ["simulated"]
LEAST_DAYS = 95  # with fewer no verdict on use can be asked for


def register_units(context: Context) -> None:
    """The twelve units, some below others; the bureau with the name that it had before."""
    ids = {
        each.name: make_id(context.config.site.code, "unit", normalised(each.name))
        for each in city.UNITS
    }
    units = [
        Unit(
            id=ids[each.name],
            state="active",
            origin="simulated",
            at=context.clock.now(),
            author=context.actor.author(),
            name=each.name,
            short_name=each.short,
            aliases=(Alias(name=_estate.OLD_NAME),) if each is city.UNITS[0] else (),
            type=_TYPES[each.kind],
            parent=ids[each.parent] if each.parent else None,
        )
        for each in city.UNITS
    ]
    context.store.records.apply([Change(f"{unit.id}:1", unit, expected=0) for unit in units])


def live_through(
    folder: Path, amount: int, clock: MadeClock, context: Context, say: Callable[[str], None]
) -> Steps:
    """The history; what its last evening concludes is what the day starts from.

    Each week has files of its own, collected on its last evening.
    """
    steps: Steps = {}
    days = _history.days(amount)
    stored = sum(_week(folder, days[n : n + 7], clock, context) for n in range(0, amount, 7))
    steps["history"] = {"days": amount, "stored": stored}
    scans = _history.write_scans(folder, amount)
    if scans:
        steps["scans before"] = job(context, "import scan", paths=scans)
    ship(context, steps)
    job(context, "store compact")  # as the schedule does: many small files are slow to read
    job(context, "detect")
    say("judge")
    steps |= {f"{name} before": step for name, step in judged(context).items()}
    return steps


def _week(folder: Path, days: Sequence[date], clock: MadeClock, context: Context) -> int:
    """Rows that the files of these days brought, collected on the last evening."""
    made = _history.write(folder, days)
    clock.set(_history.evening(days[-1]))
    stored = 0
    for router, path in made.items():
        told = job(context, "collect", paths=[path], observer=router, origin="simulated")
        stored += told["stored"]
    return stored


def ship(context: Context, steps: Steps) -> None:
    """What was collected goes to the cluster, where the site has one."""
    if context.config.ships:
        do(steps, "ship", context, "store ship")


def judged(context: Context) -> Steps:
    """Daily facts, then the verdicts that rest on them."""
    return {name: job(context, name, origins=SIMULATED) for name in ("rollup", "zombies")}


def declare(context: Context) -> None:
    """What the units say they keep although nobody uses it now; it takes who may approve."""
    context.actor.require("approve")
    named = {each.system.name: each.declared for each in _estate.BENIGN}
    changes = []
    for system in list(_systems(context)):
        if wanted := named.get(system.name):
            declared = replace(
                system,
                declaration=_declared(wanted, context),
                at=context.clock.now(),
                author=context.actor.author(),
            )
            changes.append(
                Change(f"{system.id}:{system.revision + 1}", declared, expected=system.revision)
            )
    context.store.records.apply(changes)


def _declared(wanted: tuple[str, date], context: Context) -> Declaration:
    pattern, until = wanted
    approver = context.actor.person or context.actor.login
    return Declaration(pattern=cast("Any", pattern), approver=approver, until=until)


def _systems(context: Context) -> Iterator[System]:
    return cast("Iterator[System]", context.store.records.find("system"))


def job(context: Context, name: str, **params: Any) -> Mapping[str, Any]:
    """What a job said."""
    outcome = context.jobs.run(name, params, context)
    return {"result": outcome.result, **outcome.counts, **outcome.value}


def do(steps: Steps, step: str, context: Context, name: str, **params: Any) -> Mapping[str, Any]:
    """What the job said this time; it joins what it said before under ``step``."""
    told = job(context, name, **params)
    steps[step] = merged(steps.get(step, {}), told)
    return told


def merged(total: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """What a job said in all: counts add up, lists grow, of the rest the last word stands."""
    found = {**total, **told}
    for name, value in told.items():
        if isinstance(value, list):
            found[name] = [*total.get(name, ()), *value]
        elif name in _ADDED:
            found[name] = total.get(name, 0) + value
    return found


def first_morning(amount: int) -> datetime:
    """When the ledger is imported: before the first day of the history."""
    days = _history.days(amount)
    return _history.evening(days[0]).replace(hour=0, minute=1) if days else day.midnight()

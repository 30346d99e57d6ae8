"""The whole job on a made day: collect, detect, scan, block, report; then what was found.

It runs the jobs that the scheduler runs, as two people: one who works and one who approves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playbooks import _demo_drills as drills
from playbooks import _demo_estate as estate
from playbooks import _demo_past as past
from playbooks._demo_found import Found, neighbour
from playbooks.simulate import _city as city
from playbooks.simulate import day, lab
from playbooks.simulate._clock import MadeClock
from playbooks.simulate._planted import BEHAVIOUR, PLANTED, TWINS, Planted
from soc.errors import ToolError
from soc.net import Network, network

if TYPE_CHECKING:
    from soc.context import Context
    from soc.records.alert import Alert

ON_DUTY, LEAD = "duty", "lead"  # logins of the two made-up people
OPEN_STATES = ("open", "acknowledged")
Opening = Callable[[str], AbstractContextManager["Context"]]  # by login


@dataclass(frozen=True, slots=True)
class Result:
    """What the demo ends with."""

    planted: tuple[Found, ...]
    twins: tuple[Found, ...]  # found: an alert was raised where none should be
    false_alerts: int
    blocked: int
    forbidden_blocked: int
    flows: int
    files: tuple[Path, ...]
    seconds: float
    steps: Mapping[str, Mapping[str, Any]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a made day is to be like."""

    seed: int
    flows: int
    history: int  # days before it


def run(
    folder: Path,
    asked: Asked,
    opening: Opening,
    clock: MadeClock,
    say: Callable[[str], None],
) -> Result:
    """Run the day in ``folder``; ``opening`` opens a context of the demo's home for a login.

    ``say`` is told the name of each step as it begins.
    """
    began = time.monotonic()
    say("make")
    made = day.write(folder / "day", asked.seed, asked.flows)
    clock.set(past.first_morning(asked.history))
    steps = _begin(folder, asked, made, opening, clock, say)
    clock.set(day.END)
    with opening(ON_DUTY) as context:
        steps |= _work(made, context, say)
        if asked.history:
            say("judge")
            steps |= past.judged(context)
        say("drill")
        drills.hold(context)
    with opening(LEAD) as context:
        say("approve")
        _approve(context)
    with opening(ON_DUTY) as context:
        say("export")
        lists = folder / "blocklists"
        steps["export"] = past.job(
            context, "block export", formats=["plain", "nftables"], out=lists
        )
        clock.set(day.REPORTED)
        say("report")
        out = folder / "reports"
        asked_day = {"date": day.DATE.isoformat()}
        steps["report"] = _report("report daily", out, asked_day, context, say)
        steps["drill"] = _report("report drill", out, {"drill": drills.CITY}, context, say)
        found = _result(context, made, steps, lists, time.monotonic() - began)
        return _with_estate(found, context, asked.history >= past.LEAST_DAYS)


def _with_estate(found: Result, context: Context, has_history: bool) -> Result:
    """The result with what was planted in the ledger and, if there is one, in the history."""
    planted = (*found.planted, *estate.of_ledger(context, found.steps["ledger"]))
    if not has_history:
        return replace(found, planted=planted)
    return replace(
        found,
        planted=(*planted, *estate.of_history(context)),
        twins=(*found.twins, *estate.benign(context)),
        false_alerts=found.false_alerts + estate.condemned_in_error(context),
    )


def _begin(
    folder: Path,
    asked: Asked,
    made: day.Day,
    opening: Opening,
    clock: MadeClock,
    say: Callable[[str], None],
) -> dict[str, Mapping[str, Any]]:
    """Ledger and declarations, then the days before."""
    say("ledger")
    with opening(ON_DUTY) as context:
        _register(context)
        past.register_units(context)
        told = past.job(context, "import ledger", paths=[made.ledger], origin="simulated")
    with opening(LEAD) as context:
        past.declare(context)
    if not asked.history:
        return {"ledger": told}
    say("history")
    with opening(ON_DUTY) as context:
        steps = past.live_through(folder / "history", asked.history, clock, context, say)
    return {"ledger": told, **steps}


def _register(context: Context) -> None:
    """Zones and data sources: what a site states by hand."""
    from soc.register import put_source, put_zone

    for name, prefixes in city.ZONES.items():
        put_zone(name, prefixes, context, private=name in city.PRIVATE)
    put_source(day.OUTER, context, type="exporter", zone="互联网区", role="egress")
    put_source(day.INNER, context, type="exporter", zone="公用网络区", counts_volume=False)
    put_source("ids", context, type="log", zone="互联网区")
    for name, address in day.SCANNERS.items():
        put_source(name, context, type="scanner", zone="互联网区", prefixes=(address,))


def _work(
    made: day.Day, context: Context, say: Callable[[str], None]
) -> dict[str, Mapping[str, Any]]:
    """The jobs of the day, in their order; what each said."""
    steps: dict[str, Mapping[str, Any]] = {}
    say("collect")
    for observer, path in {**made.flows, "ids": made.eve}.items():
        steps[f"collect {observer}"] = past.job(
            context, "collect", paths=[path], observer=observer, origin="simulated"
        )
    say("detect")
    steps["detect"] = past.job(context, "detect")
    say("scan")
    with lab.running() as servers:
        targets = [server.address for server in servers]
        steps["scan"] = _scan(targets, context, say)
    say("propose")
    steps["propose"] = past.job(context, "block propose")
    steps["neighbour alone"] = _propose(city.NEIGHBOUR, context)
    steps["neighbour"] = _propose(city.NEIGHBOURHOOD, context)
    return steps


def _scan(targets: list[str], context: Context, say: Callable[[str], None]) -> Mapping[str, Any]:
    """The scan of the lab; left out, and told, where nmap is not installed."""
    try:
        return past.job(context, "scan", targets=targets, plan="daily") if targets else {}
    except ToolError as error:
        say("no_scan")
        return {"result": "skipped", "why": str(error)}


def _report(
    name: str,
    out: Path,
    about: Mapping[str, str],
    context: Context,
    say: Callable[[str], None],
) -> Mapping[str, Any]:
    """A report; HTML alone, and told, where the libraries for PDF are not installed."""
    asked = {**about, "out": out, "origins": past.SIMULATED}
    try:
        return past.job(context, name, **asked)
    except ToolError:
        say("no_pdf")
        return past.job(context, name, formats=["html"], **asked)


def _propose(wanted: str, context: Context) -> Mapping[str, Any]:
    """A network that a person asks for, citing an open alert."""
    cited = [alert.id for alert in _alerts(context) if alert.state in OPEN_STATES][:1]
    if not cited:
        return {}
    return past.job(context, "block propose", alerts=cited, networks=[wanted])


def _approve(context: Context) -> None:
    from playbooks.block import approve, waiting

    names = waiting(context)
    if names:
        approve(context, names, "演示：核对证据后同意")


def _result(
    context: Context,
    made: day.Day,
    steps: dict[str, Mapping[str, Any]],
    lists: Path,
    seconds: float,
) -> Result:
    alerts = [a for a in _alerts(context) if a.state in OPEN_STATES]
    things = (*PLANTED, *BEHAVIOUR)
    planted = tuple(_found(thing, alerts) for thing in things)
    twins = tuple(_raised(twin.name, twin.source, alerts) for twin in TWINS)
    expected = {(thing.rule, thing.attacker) for thing in things}
    blocked = _blocked(lists)
    planted += tuple(neighbour(steps["neighbour alone"], blocked))
    never = [network(text) for text in day.FORBIDDEN]
    forbidden = [found for found in blocked if any(found.overlaps(guard) for guard in never)]
    return Result(
        planted=planted,
        twins=twins,
        false_alerts=sum(not _is_expected(alert, expected) for alert in alerts),
        blocked=len(blocked),
        forbidden_blocked=len(forbidden),
        flows=made.flow_count,
        files=tuple(_files(lists.parent)),
        seconds=round(seconds, 1),
        steps=steps,
    )


def _alerts(context: Context) -> Iterator[Alert]:
    from soc.records.alert import Alert

    for record in context.store.records.find("alert"):
        if isinstance(record, Alert):
            yield record


def _attackers(alert: Alert) -> set[str]:
    named = {attacker.address for attacker in alert.attackers}
    forwarded = {attacker.forwarded for attacker in alert.attackers}
    return {address for address in named | forwarded if address}


def _is_expected(alert: Alert, expected: set[tuple[str, str]]) -> bool:
    return any((alert.rule, by) in expected for by in _attackers(alert) or {""})


def _found(thing: Planted, alerts: list[Alert]) -> Found:
    """The alert of the planted rule that names attacker and victim."""
    of_rule = [alert for alert in alerts if alert.rule == thing.rule]
    for alert in of_rule:
        if thing.attacker in (_attackers(alert) or {""}) and thing.victim in _victims(alert):
            return Found(thing.name, True, f"{alert.title} · {alert.no or alert.id}")
    why = "no_alert" if not of_rule else "wrong_party"
    return Found(thing.name, False, "", why)


def _victims(alert: Alert) -> set[str]:
    """Addresses of the victims, with and without the port; a source that is silent, by name."""
    endpoints = {victim.endpoint for victim in alert.victims}
    hosts = {endpoint.rpartition(":")[0].strip("[]") for endpoint in endpoints}
    return endpoints | hosts | {alert.entity or ""}


def _raised(name: str, source: str, alerts: list[Alert]) -> Found:
    for alert in alerts:
        if source in _attackers(alert):
            return Found(name, True, f"{alert.title} · {alert.no or alert.id}")
    return Found(name, False, "")


def _blocked(lists: Path) -> list[Network]:
    from playbooks.blocklists import plain

    files = sorted(lists.glob(f"*{plain.SUFFIX}"))
    return plain.parse(files[-1].read_text(encoding="utf-8")) if files else []


def _files(folder: Path) -> Iterator[Path]:
    for part in ("blocklists", "reports"):
        yield from sorted(path for path in (folder / part).glob("*") if path.is_file())

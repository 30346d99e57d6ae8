"""The whole job on a made day: collect, detect, scan, block, report; then what was found.

It runs the jobs that the scheduler runs, as two people: one who works and one who approves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playbooks import _demo_drills as drills
from playbooks import _demo_estate as estate
from playbooks import _demo_past as past
from playbooks._demo_day import HOURS, Desk, live_through
from playbooks._demo_found import Found, neighbour, shared_team, storm
from playbooks._demo_past import Steps
from playbooks.simulate import _city as city
from playbooks.simulate import day
from playbooks.simulate._clock import MadeClock
from playbooks.simulate._planted import BEHAVIOUR, PLANTED, TWINS, Planted
from soc.errors import ToolError
from soc.net import Network, network

if TYPE_CHECKING:
    from soc.context import Context
    from soc.records.alert import Alert

ON_DUTY, LEAD = "duty", "lead"  # logins of the two made-up people
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
    engine: str
    shipped: int | None  # rows on the cluster; None: there is none
    letters: int | None  # rows that it refused
    steps: Mapping[str, Mapping[str, Any]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a made day is to be like."""

    seed: int
    flows: int
    history: int  # days before it


def run(
    folder: Path, asked: Asked, opening: Opening, clock: MadeClock, say: Callable[[str], None]
) -> Result:
    """Live through the days before and the made day in ``folder``, and say what was found.

    ``opening`` opens a context of the demo's home for a login; ``say`` is told the name of each
    step as it begins.
    """
    began = time.monotonic()
    say("make")
    made = day.write(folder / "day", asked.seed, asked.flows, HOURS)
    steps = _begin(folder, asked, made, opening, clock, say)

    @contextmanager
    def desk() -> Iterator[Desk]:
        with opening(ON_DUTY) as duty, opening(LEAD) as lead:
            yield Desk(folder, duty, lead, clock, say)

    say("day")
    steps |= live_through(made, clock, desk)
    clock.set(day.MORNING)
    with desk() as morning:
        _reported(morning, asked, steps)
        found = _result(morning.duty, made, steps, morning.lists, time.monotonic() - began)
        return _with_estate(found, morning.duty, asked.history >= past.LEAST_DAYS)


def _reported(desk: Desk, asked: Asked, steps: Steps) -> None:
    """The next morning's work: daily facts, verdicts, reports."""
    if asked.history:
        desk.say("judge")
        steps |= past.judged(desk.duty)
    desk.clock.set(day.REPORTED)
    desk.say("report")
    out = desk.folder / "reports"
    about = {"date": day.DATE.isoformat()}
    steps["report"] = _report("report daily", out, about, desk.duty, desk.say)
    steps["drill"] = _report("report drill", out, {"drill": drills.CITY}, desk.duty, desk.say)


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
) -> Steps:
    """Ledger and declarations, the days before, and on the eve of the day the drills."""
    clock.set(past.first_morning(asked.history))
    say("ledger")
    with opening(ON_DUTY) as context:
        _register(context)
        past.register_units(context)
        told = past.job(context, "import ledger", paths=[made.ledger], origin="simulated")
    with opening(LEAD) as context:
        past.declare(context)
    steps: Steps = {"ledger": told}
    with opening(ON_DUTY) as context:
        if asked.history:
            say("history")
            steps |= past.live_through(folder / "history", asked.history, clock, context, say)
        say("drill")
        clock.set(day.midnight())
        drills.register(context)
    return steps


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


def _result(
    context: Context,
    made: day.Day,
    steps: Steps,
    lists: Path,
    seconds: float,
) -> Result:
    alerts = [a for a in _alerts(context) if a.state != "suppressed"]
    things = (*PLANTED, *BEHAVIOUR)
    planted = tuple(_found(thing, alerts) for thing in things)
    place = [thing.name for thing in things].index("webshell_through_cdn")
    planted = (*planted[:place], storm(context), *planted[place:])  # it comes before
    twins = tuple(_raised(twin.name, twin.source, alerts) for twin in TWINS)
    expected = {(thing.rule, thing.attacker) for thing in things}
    blocked = _blocked(lists)
    planted += tuple(neighbour(steps["neighbour alone"], blocked))
    planted += (shared_team(context, alerts),)
    never = [network(text) for text in day.FORBIDDEN]
    shipped = steps.get("ship")
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
        engine=context.config.store.engine,
        shipped=shipped["stored"] + shipped["already"] if shipped else None,
        letters=shipped["letters"] if shipped else None,
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
        found = (path for path in (folder / part).glob("*") if path.is_file())
        yield from sorted(path for path in found if ".previous." not in path.name)

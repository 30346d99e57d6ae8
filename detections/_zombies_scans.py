"""What scan runs say of each system, and whether a run may be believed."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from detections._zombies_facts import Look, Outcome
from soc.query import Aggregate, Measure, Period, Select
from soc.where import All, Equals, Exists, Not

if TYPE_CHECKING:
    from detections._zombies_ledger import Place, Registered
    from detections._zombies_settings import ZombieSettings
    from soc.context import Context

_KEPT_DAYS = 400  # a page, once read, holds until it is read again
_LEAST_SHARE = 0.5  # of the hosts that ever answered must answer in a run that is believed
_LEAST_HOSTS = 3  # of a unit, to tell its firewall from a host that is gone
_DEFAULT = re.compile(
    r"(?i)^(welcome to (nginx|openresty|tengine|jboss|wildfly|xampp|phpstudy)"
    r"|apache2? .*default page|(apache http server )?test page|it works!?$|iis ?\d|iis windows"
    r"|apache tomcat|weblogic server|glassfish server|caddy works|恭喜，站点创建成功"
    r"|没有找到站点|index of /)"
)
_ERROR = re.compile(
    r"(?i)(^(40[0134]|50[0234])\b|not found|bad gateway|service unavailable|internal server error"
    r"|站点已关闭|网站已关闭|系统维护|升级维护|页面不存在|服务不可用)"
)
_AFTER = re.compile(r"Not valid after:\s+(\S+)")


@dataclass(frozen=True, slots=True)
class Host:
    """One address in one run."""

    run: str
    at: datetime
    vantage: str | None
    outcome: str
    ports: frozenset[tuple[int, str | None]] = frozenset()  # open ones


@dataclass(frozen=True, slots=True)
class Page:
    """What stood behind a port when its service was asked."""

    at: datetime
    port: int
    title: str | None
    ended_on: date | None  # of the certificate
    text: str | None = None  # hash of what lasts of the page


@dataclass(frozen=True)
class Scans:
    """All runs of the period, by address; runs that are suspect are left out."""

    hosts: Mapping[str, tuple[Host, ...]] = field(default_factory=dict)  # oldest first
    pages: Mapping[str, tuple[Page, ...]] = field(default_factory=dict)  # oldest first


def read(today: date, settings: ZombieSettings, context: Context) -> Scans:
    """Three questions for the whole estate."""
    calendar = context.calendar
    period = calendar.days(today - timedelta(days=settings.scan_days), today)
    long = calendar.days(today - timedelta(days=_KEPT_DAYS), today)
    suspect = _suspect(context)
    opened = _open(period, context)
    hosts: defaultdict[str, list[Host]] = defaultdict(list)
    for row in _hosts(period, context):
        ip, run = row["destination.ip"], row["soc.scan.run"]
        if ip and run and run not in suspect:
            vantage, outcome = row["soc.scan.vantage"], row["soc.scan.outcome"]
            ports = frozenset(opened.get((ip, run), ()))
            hosts[ip].append(Host(run, row["at"], vantage, outcome, ports))
    pages: defaultdict[str, list[Page]] = defaultdict(list)
    for row in _services(long, context):
        if row["soc.scan.run"] not in suspect and row["destination.port"] is not None:
            pages[row["destination.ip"]].append(_page(row))
    return Scans(
        {ip: tuple(sorted(held, key=lambda h: h.at)) for ip, held in hosts.items()},
        {ip: tuple(sorted(held, key=lambda p: p.at)) for ip, held in pages.items()},
    )


def _suspect(context: Context) -> set[str]:
    found = context.store.records.find("scan", Equals("state", "suspect"))
    return {name for scan in found for name in (scan.id, getattr(scan, "run", None)) if name}


def _hosts(period: Period, context: Context) -> list[dict[str, Any]]:
    by = ("destination.ip", "soc.scan.run", "soc.scan.vantage", "soc.scan.outcome")
    # Rows of the second phase say what answered, not whether anybody did.
    where = All((Not(Exists("destination.port")), Not(Equals("soc.scan.phase", "version"))))
    query = Aggregate("scan", (Measure("at", "max", "@timestamp"),), by, None, where, period)
    return list(context.engine.aggregate(query).to_pylist())


def _open(period: Period, context: Context) -> dict[tuple[str, str], set[tuple[int, str | None]]]:
    by = ("destination.ip", "soc.scan.run", "destination.port", "network.transport")
    where = All((Equals("soc.scan.state", "open"), Exists("destination.port")))
    query = Aggregate("scan", (Measure("n", "count"),), by, None, where, period)
    found: defaultdict[tuple[str, str], set[tuple[int, str | None]]] = defaultdict(set)
    for row in context.engine.aggregate(query).to_pylist():
        key = (row["destination.ip"], row["soc.scan.run"])
        found[key].add((row["destination.port"], row["network.transport"]))
    return found


def _services(period: Period, context: Context) -> Iterable[dict[str, Any]]:
    where = All((Equals("soc.scan.state", "open"), Equals("soc.scan.phase", "version")))
    columns = ("@timestamp", "destination.ip", "destination.port", "soc.scan.run")
    more = ("soc.scan.title", "soc.scan.page", "soc.scan.scripts")
    query = Select("scan", where, (*columns, *more), period)
    return (row for batch in context.engine.select(query) for row in batch.to_pylist())


def _page(row: Mapping[str, Any]) -> Page:
    scripts = dict(row["soc.scan.scripts"] or ())
    found = _AFTER.search(scripts.get("ssl-cert", ""))
    ended = scripts.get("ssl-cert.not_after") or (found[1] if found else "")
    title, page = row["soc.scan.title"], row["soc.scan.page"]
    return Page(row["@timestamp"], row["destination.port"], title, _date(ended), page)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def kind_of_page(title: str | None) -> str | None:
    """``default``: shown before anybody put a page there; ``error``; None for any other."""
    if not title:
        return None
    if _DEFAULT.search(title):
        return "default"
    return "error" if _ERROR.search(title) else None


def believed(scans: Scans, units: Mapping[str, str | None]) -> set[tuple[str, str | None]]:
    """(run, unit) of which silence may be believed: what answered before, answers.

    A run in which most of the known hosts are silent was cut off; one in which most of a unit's
    are, stood behind its firewall. Unit None stands for units too small to tell.
    """
    ever = {ip for ip, held in scans.hosts.items() if any(h.outcome == "done" for h in held)}
    tally: defaultdict[tuple[str, str | None], list[bool]] = defaultdict(list)
    for ip in ever:
        for host in scans.hosts[ip]:
            answered = host.outcome == "done"
            tally[host.run, None].append(answered)
            if units.get(ip) is not None:
                tally[host.run, units[ip]].append(answered)
    runs = {run for (run, unit), held in tally.items() if unit is None and _holds(held)}
    named = {unit for unit in units.values() if unit is not None}
    blocked = {
        key
        for key, held in tally.items()
        if key[1] is not None and len(held) >= _LEAST_HOSTS and not _holds(held)
    }
    return {(run, unit) for run in runs for unit in (None, *named)} - blocked


def _holds(answers: Sequence[bool]) -> bool:
    return sum(answers) >= _LEAST_SHARE * len(answers)


def looks(
    one: Registered,
    scans: Scans,
    trusted: set[tuple[str, str | None]],
    private: frozenset[str],
    context: Context,
) -> tuple[Look, ...]:
    """One look a run, of all places of the system together, oldest first."""
    runs: defaultdict[str, list[tuple[Place, Host]]] = defaultdict(list)
    for place in one.places:
        for host in scans.hosts.get(place.ip, ()):
            if _stands_right(place, host, private):
                runs[host.run].append((place, host))
    made = [_look(run, held, one, scans, trusted, context) for run, held in runs.items()]
    return tuple(sorted(made, key=lambda look: (look.on, look.run)))


def _stands_right(place: Place, host: Host, private: frozenset[str]) -> bool:
    """False for a scan from elsewhere of an address that means something only in its zone."""
    return place.zone not in private or host.vantage == place.zone


def _look(
    run: str,
    held: list[tuple[Place, Host]],
    one: Registered,
    scans: Scans,
    trusted: set[tuple[str, str | None]],
    context: Context,
) -> Look:
    outcomes = [_outcome(place, host) for place, host in held]
    order: tuple[Outcome, ...] = ("open", "alive", "closed", "unknown", "silent")
    outcome = min(outcomes, key=order.index)
    at = max(host.at for _, host in held)
    is_valid = outcome != "silent" or (run, one.system.unit) in trusted
    page = _shown(one, held, scans, at) if outcome in ("open", "alive") else None
    return Look(run, context.calendar.date_of(at), outcome, is_valid, page)


def _outcome(place: Place, host: Host) -> Outcome:
    if host.outcome == "not_reached":
        return "silent"
    if host.outcome != "done":
        return "unknown"
    if place.port is None:
        return "open" if host.ports else "alive"
    transports = (place.transport,) if place.transport else ("tcp", "udp", None)
    if any((place.port, each) in host.ports for each in transports):
        return "open"
    return "closed"


def _shown(
    one: Registered, held: list[tuple[Place, Host]], scans: Scans, at: datetime
) -> str | None:
    """The sort of page as last read before; every page that is known must be of one."""
    titles = [title for place, _ in held for title in _titles(place, scans, at)]
    kinds = [kind_of_page(title) for title in titles]
    if titles:
        return kinds[0] if all(kinds) else None
    default = (f for f in one.findings if f.check == "default_page")
    return "default" if any(f.first_seen <= at for f in default) else None


def _titles(place: Place, scans: Scans, at: datetime) -> list[str]:
    """The latest title of each port of the place."""
    pages = scans.pages.get(place.ip, ())
    known = pages[: bisect_right(pages, at + timedelta(hours=1), key=lambda p: p.at)]
    latest = {page.port: page.title for page in known if place.port in (None, page.port)}
    return [title for title in latest.values() if title]


def certificate_ended_on(one: Registered, scans: Scans, now: datetime) -> date | None:
    """When the certificate ended that was last shown; None where it is valid or none is known."""
    ended = []
    for place in one.places:
        pages = (p for p in scans.pages.get(place.ip, ()) if place.port in (None, p.port))
        latest = {page.port: page.ended_on for page in pages}
        ended += [day for day in latest.values() if day and day < now.astimezone(UTC).date()]
    return min(ended, default=None)

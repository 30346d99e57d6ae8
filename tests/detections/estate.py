"""A made ledger with daily use and scans, on a real store, for the tests of verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from detections._match import source_key
from soc.context import Context
from soc.records import Record, make_id
from soc.records.asset import Asset, Endpoint
from soc.records.system import System
from soc.records.unit import Unit
from soc.store import Change
from tests.detections.events import append

TODAY = date(2026, 3, 18)
BUREAU = "区教育局"


def put(context: Context, *records: Record) -> None:
    """The records, new in the store."""
    context.store.records.apply([Change(f"{r.id}:1", r, expected=0) for r in records])


def unit(context: Context, name: str = BUREAU) -> Unit:
    made = Unit(
        id=make_id("lt", "unit", name),
        state="active",
        at=context.clock.now(),
        author=context.actor.author(),
        name=name,
        type="bureau",
    )
    if context.store.records.get("unit", made.id) is None:
        put(context, made)
    return made


def system(
    context: Context,
    name: str,
    *endpoints: tuple[str, int | None],
    unit_name: str = BUREAU,
    zone: str | None = None,
    asset: dict[str, Any] | None = None,
    **fields: Any,
) -> System:
    """A system with one asset at these addresses and ports; kept well unless fields say else."""
    owner = unit(context, unit_name)
    stamp: dict[str, Any] = {"at": context.clock.now(), "author": context.actor.author()}
    made = System(
        id=System.key("lt", owner.id, name),
        name=name,
        unit=owner.id,
        **{"state": "running", "online_on": date(2020, 1, 1), **fields},
        **stamp,
    )
    host = Asset(
        id=make_id("lt", "asset", name),
        name=name,
        unit=owner.id,
        systems=(made.id,),
        endpoints=tuple(
            Endpoint(zone=zone, address=ip, port=port, protocol="tcp" if port else None)
            for ip, port in endpoints
        ),
        **{
            "state": "active",
            "type": "server",
            "owner": "林若溪",
            "maintained_on": date(2026, 1, 5),
            **(asset or {}),
        },
        **stamp,
    )
    put(context, made, host)
    return made


def use(
    context: Context,
    ip: str,
    port: int | None,
    clients: Iterable[int],
    *,
    zone: str | None = None,
    coverage: float = 1.0,
    last: date = TODAY - timedelta(days=1),
    named: bool = False,
    **more: int,
) -> None:
    """Daily facts as the roll-up leaves them, the last number being that of ``last``.

    ``named``: every day has the first so many of the same clients, by name.
    """
    counts = list(clients)
    rows = []
    for ago, count in enumerate(reversed(counts)):
        day = last - timedelta(days=ago)
        place = (day.isoformat(), zone or "", ip, port or "", "tcp" if port else "")
        rows.append(
            {
                "@timestamp": context.calendar.day(day).start,
                "soc.origin": "live",
                "soc.usage.key": "|".join(map(str, ("live", *place))),
                "soc.usage.day": day.isoformat(),
                "soc.usage.zone": zone,
                "soc.usage.ip": ip,
                "soc.usage.port": port,
                "soc.usage.transport": "tcp" if port else None,
                "soc.usage.clients": count,
                "soc.usage.flows": count * 10 + more.get("removed", 0),
                "soc.usage.removed": more.get("removed", 0),
                "soc.usage.answered": count * 10,
                "soc.usage.outbound": more.get("outbound", 0),
                "soc.usage.coverage": coverage,
                "soc.usage.callers": [f"198.18.9.{n}" for n in range(count)] if named else None,
                **{f"soc.usage.{why}": more.get(why, 0) for why in ("checks", "crawlers")},
            }
        )
    append(context, "usage", rows, source=source_key("rollup", "usage"))


def scan(
    context: Context,
    run: str,
    day: date,
    hosts: dict[str, Sequence[int] | None],
    *,
    vantage: str | None = None,
    title: str | None = None,
    page: str | None = None,
    scripts: dict[str, str] | None = None,
) -> None:
    """One run: open ports of each host, None for a host that nothing was heard of."""
    at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    shared = {"soc.scan.run": run, "soc.scan.vantage": vantage, "soc.origin": "live"}
    rows: list[dict[str, Any]] = []
    for ip, ports in hosts.items():
        outcome = "not_reached" if ports is None else "done"
        host = {"@timestamp": at, "destination.ip": ip, "soc.scan.outcome": outcome, **shared}
        rows.append({**host, "soc.scan.phase": "ports"})
        for port in ports or ():
            opened = {"destination.port": port, "network.transport": "tcp"}
            said = {
                "soc.scan.page": page,
                "soc.scan.title": title,
                "soc.scan.scripts": list((scripts or {}).items()),
            }
            rows.append(
                {**host, **opened, "soc.scan.state": "open", "soc.scan.phase": "version", **said}
            )
    append(context, "scan", rows, source=source_key("scan", run))


def weekly(context: Context, hosts: dict[str, Sequence[int] | None], runs: int = 8) -> None:
    """The same run once a week, the last one the day before."""
    for number in range(runs):
        day = TODAY - timedelta(days=1 + 7 * (runs - 1 - number))
        scan(context, f"week{number}", day, hosts)

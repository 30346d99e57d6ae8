"""What a run left undone: a later one goes on there, and asks nothing twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from scanners._plan import Plan, planned
from soc.errors import InputError, ScopeError
from soc.net import Network, address, network, subtract
from soc.query import Select
from soc.records.scan import Scan
from soc.where import All, Equals, In, Not

if TYPE_CHECKING:
    from soc.context import Context

_UNDONE = ("stopped", "partial", "failed")


def rest(run: str | None, context: Context) -> tuple[Scan, Plan]:
    """The run to go on with (the last one that left something), and the plan of what it left.

    Raises:
        InputError: no such run, or it left nothing.
        ScopeError: what is left is no longer in the scope.
    """
    runs = sorted(_scans(context), key=lambda each: (each.started_at or each.at, each.id))
    wanted = [each for each in reversed(runs) if run in (None, each.id, each.run)]
    if run is not None and not wanted:
        raise InputError(f"{run}: is no scan; look at soc scan list")
    for scan in wanted:
        left = _left(scan, runs[runs.index(scan) :], context)
        if left:
            return scan, planned(left, context)
    raise InputError("resume: nothing was left undone; look at soc scan list")


def rest_of_month(plan: str, day: date, context: Context) -> Plan | None:
    """What the last run of a plan in this month left; None where there is none, or nothing."""
    runs = [
        each
        for each in _scans(context)
        if each.plan == plan and each.started_at and _month(each, context) == (day.year, day.month)
    ]
    last = max(runs, key=lambda each: (each.started_at or each.at, each.id), default=None)
    left = _left(last, [last], context) if last else []
    try:
        return planned(left, context) if left else None
    except ScopeError:
        return None  # the authorisation changed: the plan begins anew


def _month(scan: Scan, context: Context) -> tuple[int, int]:
    day = context.calendar.date_of(scan.started_at or scan.at)
    return day.year, day.month


def _scans(context: Context) -> Iterator[Scan]:
    return (each for each in context.store.records.find("scan") if isinstance(each, Scan))


def _left(scan: Scan, since: Sequence[Scan], context: Context) -> list[str]:
    """Targets of a broken run less the hosts that were done, by it or since then."""
    if scan.state not in _UNDONE:
        return []
    if scan.state == "partial" and not _is_broken(scan):
        return []  # every target was measured; what is unknown did not answer
    targets = [network(text) for text in scan.targets]
    same = [each.id for each in since if each.ports == scan.ports]
    return [str(part) for part in subtract(targets, _done(same, context))]


def _is_broken(scan: Scan) -> bool:
    return any(outcome.reason in ("broken_off", "outside_hours") for outcome in scan.outcomes)


def _done(runs: Sequence[str], context: Context) -> list[Network]:
    """Hosts that the runs measured and, where their services were to be asked, asked."""
    where = All((In("soc.scan.run", tuple(runs)), Not(Equals("soc.scan.outcome", "broken_off"))))
    columns = ("destination.ip", "destination.port", "soc.scan.phase", "soc.scan.change")
    rows = (
        row
        for batch in context.engine.select(Select("scan", where, columns))
        for row in batch.to_pylist()
        if row["destination.port"] is None
    )
    return [address(text) for text in _measured(rows)]


def _measured(rows: Iterable[dict[str, object]]) -> list[str]:
    wanted: dict[str, bool] = {}
    asked: set[str] = set()
    for row in rows:
        host = str(row["destination.ip"])
        if row["soc.scan.phase"] == "version":
            asked.add(host)
        else:
            wanted[host] = row["soc.scan.change"] is not None
    return [host for host, is_asked in wanted.items() if not is_asked or host in asked]

"""What the log last said of each host: live or not, its open ports, what answered there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from soc.query import Aggregate, Measure, Period, Select
from soc.where import All, Equals, In, Not, Where

if TYPE_CHECKING:
    from soc.context import Context

Row = Mapping[str, Any]
Port = tuple[int, str]  # number, transport

LOOKBACK_DAYS = 45  # a month's full coverage and some days
SERVICE = (
    "event.id",
    "@timestamp",
    "destination.ip",
    "destination.port",
    "network.transport",
    "network.protocol",
    "soc.scan.run",
    "soc.scan.phase",
    "soc.scan.state",
    "soc.scan.method",
    "soc.scan.product",
    "soc.scan.version",
    "soc.scan.extra",
    "soc.scan.cpe",
    "soc.scan.tls",
    "soc.scan.title",
    "soc.scan.scripts",
)


@dataclass(frozen=True, slots=True)
class Known:
    """One host as last measured; ``services`` holds the rows of the phase ``version``."""

    open: frozenset[Port] = frozenset()
    services: Mapping[Port, Row] = field(default_factory=dict)
    asked_at: datetime | None = None  # when its services were last asked, with answer or without


@dataclass(frozen=True, slots=True)
class _Last:
    at: datetime
    run: str
    host: str


class Ledger:
    """The newest measurement of every host before a run; suspect runs count for nothing.

    ``vantage`` narrows to scans from the same place: another sees other ports.
    """

    def __init__(self, context: Context, vantage: str = "", but: str = "") -> None:
        self._engine = context.engine
        now = context.clock.now()
        self._period = Period(now - timedelta(days=LOOKBACK_DAYS), now + timedelta(days=1))
        self._where = _valid(context, vantage, but)
        self._ports = self._last("ports", ("done",))
        self._versions = self._last("version", ("done", "timedout"))

    def live(self) -> set[str]:
        """Addresses that were up when they were last measured."""
        return {address for address, last in self._ports.items() if last.host == "up"}

    def of(self, addresses: Sequence[str]) -> dict[str, Known]:
        """What is known of these; an address never measured has no entry."""
        met = [address for address in addresses if address in self._ports]
        runs = {self._ports[a].run for a in met}
        runs |= {self._versions[a].run for a in met if a in self._versions}
        rows: dict[str, list[Row]] = defaultdict(list)
        for row in self._rows(met, runs) if met else ():
            rows[row["destination.ip"]].append(row)
        return {address: self._known(address, rows[address]) for address in met}

    def _known(self, address: str, own: Sequence[Row]) -> Known:
        ports, versions = self._ports[address], self._versions.get(address)
        return Known(
            open=frozenset(_port(r) for r in own if _is_open(r) and r["soc.scan.run"] == ports.run),
            services={
                _port(row): row
                for row in own
                if versions
                and row["soc.scan.run"] == versions.run
                and row["soc.scan.phase"] == "version"
            },
            asked_at=versions.at if versions else None,
        )

    def _rows(self, addresses: Sequence[str], runs: set[str]) -> list[Row]:
        where = All(
            (
                In("soc.scan.run", tuple(sorted(runs)), cased=True),
                In("destination.ip", tuple(addresses), cased=True),
                Not(Equals("soc.scan.state", "closed")),
            )
        )
        query = Select("scan", where, SERVICE, self._period)
        found = (row for batch in self._engine.select(query) for row in batch.to_pylist())
        return [row for row in found if row["destination.port"] is not None]

    def _last(self, phase: str, outcomes: tuple[str, ...]) -> dict[str, _Last]:
        query = Aggregate(
            "scan",
            (Measure("at", "max", "@timestamp"),),
            by=("destination.ip", "soc.scan.run", "soc.scan.host"),
            where=All(
                (
                    self._where,
                    Equals("soc.scan.phase", phase),
                    In("soc.scan.outcome", outcomes),
                )
            ),
            period=self._period,
        )
        newest: dict[str, _Last] = {}
        for row in self._engine.aggregate(query).to_pylist():
            last = _Last(row["at"], row["soc.scan.run"], row["soc.scan.host"])
            held = newest.get(row["destination.ip"])
            if held is None or held.at < last.at:
                newest[row["destination.ip"]] = last
        return newest


def _valid(context: Context, vantage: str, but: str) -> Where:
    suspect = context.store.records.find("scan", Equals("state", "suspect"))
    excluded = (*sorted(record.id for record in suspect), *([but] if but else []))
    parts: list[Where] = [Not(In("soc.scan.run", excluded, cased=True))] if excluded else []
    if vantage:
        parts.append(Equals("soc.scan.vantage", vantage))
    return All(tuple(parts))


def _port(row: Row) -> Port:
    return row["destination.port"], row["network.transport"]


def _is_open(row: Row) -> bool:
    return bool(row["soc.scan.state"] == "open")

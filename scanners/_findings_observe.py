"""The rows of one run as observations of open ports, and what the run could have seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scanners._knowledge import Cycles
from scanners._knowledge import held as imported
from scanners._known import SERVICE, Known, Ledger, Port, Row
from scanners._ports import holds
from scanners.checks import Observation
from soc.query import Select
from soc.where import All, Equals, Exists, In, Not, Where

if TYPE_CHECKING:
    from soc.context import Context

_MORE = (
    "soc.origin",
    "soc.other",
    "soc.scan.host",
    "soc.scan.outcome",
    "soc.scan.vantage",
    "soc.destination.zone",
    "soc.destination.unit",
    "soc.destination.system",
    "soc.destination.asset",
)


@dataclass(slots=True)
class HostView:
    """One host as one run saw it."""

    address: str
    host: Row = field(default_factory=dict)  # row of the first phase
    ports: dict[Port, Row] = field(default_factory=dict)
    services: dict[Port, Row] = field(default_factory=dict)  # asked in this run, and answered

    @property
    def is_measured(self) -> bool:
        return self.host.get("soc.scan.outcome") == "done"

    @property
    def at(self) -> datetime:
        return self.host["@timestamp"]  # type: ignore[no-any-return]

    def state(self, port: Port, probed: str | None) -> str:
        """open, closed, filtered; unknown where the port was not probed or nmap did not say."""
        if port in self.ports:
            return str(self.ports[port]["soc.scan.state"])
        if not self.is_measured or probed is None or not holds(probed, port[0]):
            return "unknown"
        other = dict(self.host.get("soc.other") or {})
        states = [name.rpartition(".")[2] for name in other if name.startswith("nmap.silent.")]
        return states[0] if len(states) == 1 else "unknown"


@dataclass(frozen=True, slots=True)
class Seen:
    """An observation with the rows it comes from; not fresh: its services were asked earlier."""

    observation: Observation
    is_fresh: bool
    row: Row  # of the port
    host: HostView


def measured(run: str, context: Context) -> list[str]:
    """Addresses that the run measured, in order: nobody else can be judged by it."""
    parts = (_of(run), Equals("soc.scan.outcome", "done"), Not(Exists("destination.port")))
    query = Select("scan", All(parts), ("destination.ip",))
    return sorted({row for batch in context.engine.select(query) for row in _first(batch)})


def _first(batch: Any) -> list[str]:
    texts: list[str] = batch.column(0).to_pylist()
    return texts


def _of(run: str) -> Where:
    return Equals("soc.scan.run", run, cased=True)


def views(run: str, context: Context, addresses: Sequence[str] | None = None) -> list[HostView]:
    """The hosts of the run, or those of these addresses."""
    where = _of(run)
    if addresses is not None:
        where = All((where, In("destination.ip", tuple(addresses), cased=True)))
    query = Select("scan", where, (*SERVICE, *_MORE))
    found: dict[str, HostView] = {}
    for batch in context.engine.select(query):
        for row in batch.to_pylist():
            address = row["destination.ip"]
            _take(found.setdefault(address, HostView(address)), row)
    return [view for view in found.values() if view.host]


def _take(view: HostView, row: Row) -> None:
    is_version = row["soc.scan.phase"] == "version"
    port = (row["destination.port"], row["network.transport"])
    if row["destination.port"] is None:
        view.host = view.host if is_version else row
    elif is_version and row["soc.scan.state"] == "open" and row["soc.scan.outcome"] == "done":
        view.services[port] = row
        view.ports.setdefault(port, row)
    elif not is_version:
        view.ports[port] = row


def observations(hosts: Sequence[HostView], ledger: Ledger, context: Context) -> Iterator[Seen]:
    """One for each open port of each host that was measured; ``ledger`` knows the days before."""
    types = _zone_types(context)
    knowledge = imported(context.store.home)
    cycles: Cycles = knowledge.cycles if knowledge else {}
    told = [view for view in hosts if view.is_measured]
    known = ledger.of([view.address for view in told if not view.services])
    for view in told:
        held = known.get(view.address, Known())
        for port, row in view.ports.items():
            if row["soc.scan.state"] == "open":
                yield _seen(view, port, held, types, cycles)


def _seen(
    view: HostView, port: Port, known: Known, types: Mapping[str, str | None], cycles: Cycles
) -> Seen:
    row = view.ports[port]
    fresh = view.services.get(port)
    told = fresh or known.services.get(port) or row
    zone = view.host["soc.destination.zone"]
    observation = Observation(
        address=view.address,
        port=port[0],
        transport=port[1],
        at=told["@timestamp"],
        now=view.at,
        zone=zone,
        zone_type=types.get(zone),
        vantage=view.host["soc.scan.vantage"],
        cycles=cycles,
        **_service(told),
    )
    return Seen(observation, fresh is not None, told, view)


def _service(row: Row) -> dict[str, Any]:
    return {
        "protocol": row["network.protocol"],
        "method": row["soc.scan.method"],
        "product": row["soc.scan.product"],
        "version": row["soc.scan.version"],
        "extra": row["soc.scan.extra"],
        "cpe": tuple(row["soc.scan.cpe"] or ()),
        "is_tls": bool(row["soc.scan.tls"]),
        "title": row["soc.scan.title"],
        "scripts": dict(row["soc.scan.scripts"] or {}),
    }


def _zone_types(context: Context) -> dict[str, str | None]:
    from soc.records.zone import Zone

    zones = context.store.records.find("zone")
    return defaultdict(lambda: None, {z.name: z.type for z in zones if isinstance(z, Zone)})

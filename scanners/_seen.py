"""What the batches of a run said, host by host, and what that makes of its targets."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from soc.net import network
from soc.records.scan import TargetOutcome

if TYPE_CHECKING:
    from scanners._plan import Plan
    from soc.batch import Batch
    from soc.context import Context

MOST_OUTCOMES = 20_000  # targets whose outcome a record names one by one
MOST_FALL = 0.3  # share of the live hosts that may be gone before a run is suspect
BROKEN_OFF = "broken_off"
LEAST_LOST = 2  # hosts; of one or two machines a fall says nothing


@dataclass(frozen=True, slots=True)
class HostSeen:
    """One host by its row of the first phase."""

    state: str
    outcome: str
    change: str | None = None
    unit: str | None = None


@dataclass
class Seen:
    """The sum of a run's batches."""

    hosts: dict[str, HostSeen] = field(default_factory=dict)
    open: dict[str, set[tuple[int, str]]] = field(default_factory=lambda: defaultdict(set))
    phases: Counter[str] = field(default_factory=Counter)  # hosts probed in each
    rows: int = 0
    broken: int = 0
    first: datetime | None = None  # least and greatest time of a row
    last: datetime | None = None

    @property
    def open_ports(self) -> int:
        return sum(len(ports) for ports in self.open.values())

    def take(self, batch: Batch) -> None:
        """Add a batch; of a host that comes twice the last row of the first phase counts."""
        self.broken += batch.tally.refused
        for row in batch.rows.to_pylist() if batch.rows else ():
            if row["destination.port"] is None:
                self._host(row)
            elif row["soc.scan.state"] == "open":
                port = (row["destination.port"], row["network.transport"])
                self.open[row["destination.ip"]].add(port)

    def _host(self, row: dict[str, Any]) -> None:
        at = row["@timestamp"]
        self.first = min(self.first or at, at)
        self.last = max(self.last or at, at)
        self.phases[row["soc.scan.phase"]] += 1
        if row["soc.scan.phase"] != "version":
            self.hosts[row["destination.ip"]] = HostSeen(
                row["soc.scan.host"],
                row["soc.scan.outcome"],
                row.get("soc.scan.change"),
                row.get("soc.destination.unit"),
            )


def is_fallen(before: set[str], seen: Seen) -> bool:
    """True where too many hosts of this run that lived when last measured do not any more.

    A host that a broken or stopped run did not come to says nothing.
    """
    same = {a for a in before & seen.hosts.keys() if seen.hosts[a].outcome != BROKEN_OFF}
    lost = sum(seen.hosts[address].state != "up" for address in same)
    return lost >= LEAST_LOST and lost > MOST_FALL * len(same)


def outcomes(seen: Seen, plan: Plan, context: Context) -> tuple[TargetOutcome, ...]:
    """One outcome a host that was planned or found; those of the ledger first, then by address."""
    single = [str(t.network).partition("/")[0] for t in plan.targets if t.network.is_host]
    silent = [address for address in single if address not in seen.hosts]
    told = [_measured(address, seen) for address in single if address in seen.hosts]
    told += [
        TargetOutcome(target=a, outcome="unknown", reason="broken_off", unit=_unit(a, context))
        for a in silent
    ]
    for reason, addresses in (("outside", plan.outside), ("excluded", plan.excluded)):
        told += [
            TargetOutcome(target=a, outcome="refused", reason=reason, unit=_unit(a, context))
            for a in addresses
            if "/" not in a  # a prefix is counted as one, by the targets
        ]
    found = sorted(seen.hosts.keys() - set(single))
    return (*told, *(_measured(address, seen) for address in found))[:MOST_OUTCOMES]


def _measured(address: str, seen: Seen) -> TargetOutcome:
    host = seen.hosts[address]
    return TargetOutcome(
        target=address,
        outcome=host.state,
        reason=None if host.outcome == "done" else host.outcome,
        open_ports=len(seen.open.get(address, ())),
        unit=host.unit,
        change=host.change,
    )


def _unit(text: str, context: Context) -> str | None:
    from soc.errors import InputError

    try:
        owner = context.estate.owner(network(text), None, context.clock.now())
    except InputError:
        return None
    return owner.unit if owner else None

"""What the questions about the use of endpoints share: settings, days, endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import Field

from detections._behaviour_flow import CLIENT_SIDE
from detections._networks import Networks
from soc.config import Settings
from soc.query import Aggregate, Bucket, Measure, Period
from soc.where import All, Exists, In, Some, Where

if TYPE_CHECKING:
    import pyarrow as pa

    from detections._rollup_endpoints import Places
    from soc.context import Context

DAY_S = 86_400
KEYS = ("day", "zone", "ip", "port", "transport", "client")
CALLED = ("soc.destination.zone", "destination.ip", "destination.port")
CALLING = ("soc.source.zone", "source.ip", "source.port")
_MOST_NAMED = 2_000  # addresses that a question names; beyond that it asks for all


class RollupSettings(Settings):
    """``[detections.rollup]``."""

    monitors: Networks = Field(
        default=(), description="Networks of registered monitors; their calls are no use"
    )
    crawlers: Networks = Field(
        default=(), description="Networks of search engines; what they read is no use"
    )
    scan_hosts: int = Field(
        default=20,
        ge=2,
        description="Addresses of the estate in a day that make a caller a scanner",
    )
    scan_packets: int = Field(default=3, ge=1, description="Most packets to each of them, for that")
    check_flows: int = Field(
        default=12, ge=3, description="Calls in a day from which a fixed rhythm is a health check"
    )
    check_spread: float = Field(
        default=0.1,
        gt=0,
        lt=1,
        description="Coefficient of variation of period and bytes below which it is one",
    )


@dataclass(frozen=True)
class Asked:
    """What the questions of one run of days share."""

    period: Period
    origins: tuple[str, ...]
    places: Places
    settings: RollupSettings
    context: Context

    def where(self, *parts: Where) -> Where:
        return All((In("soc.origin", self.origins), *parts))

    def near(self, column: str) -> Where:
        """Rows of registered addresses; all rows where they are too many to name."""
        return named(column, self.places.addresses)

    def calls(self) -> Where:
        """Rows of clients that call a registered address."""
        ports = In("destination.port", self.places.ports)
        return self.where(self.near("destination.ip"), Some((ports, CLIENT_SIDE)))

    def aggregate(self, by: tuple[str, ...], where: Where, **more: Any) -> pa.Table:
        """Numbers by day, observer and columns."""
        measures = (Measure("n", "count"), Measure("bytes", "sum", "network.bytes"))
        query = Aggregate(
            "flow",
            more.pop("measures", measures),
            by=("observer.name", *by),
            bucket=Bucket(DAY_S, zone=self.context.config.site.time_zone),
            where=where,
            period=self.period,
            **more,
        )
        return self.context.engine.aggregate(query)

    def keyed(self, table: pa.Table, by: tuple[str, ...]) -> dict[str, pa.Array]:
        """Columns day, zone, ip, port, transport, client of a table with bucket and ``by``."""
        import pyarrow.compute as pc

        names = dict(zip(KEYS, ("bucket", *by), strict=True))
        columns = {key: table[name] for key, name in names.items()}
        columns["zone"] = self.places.attributed(columns["zone"], columns["ip"])
        columns["transport"] = pc.fill_null(columns["transport"], "")
        return columns


def named(column: str, names: tuple[str, ...]) -> Where:
    """Rows with one of the names; with any where they are too many to name."""
    return In(column, names) if len(names) <= _MOST_NAMED else Exists(column)

"""Use of registered endpoints by day: who called, who was answered, and what was taken out.

Routers export one row a direction, and two routers one conversation each: calls and answers
are counted by client and endpoint at the observer that saw most of them. Taken out are own
scanners, registered monitors, and whoever called many addresses of the estate with next to no
packets. The counting is done by the engine and by Arrow; no row is looked at alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING, Any

from pydantic import Field, field_validator

from detections._behaviour_flow import CLIENT_SIDE, REFUSED, SERVICE_PORTS, TALKED
from detections._rollup_coverage import coverage_of
from detections._rollup_endpoints import Place, Places, places
from soc.config import Settings
from soc.errors import InputError
from soc.net import Lookup, address, network
from soc.query import Aggregate, Bucket, Measure, Period
from soc.where import All, Exists, In, Not, Range, Some, Where

if TYPE_CHECKING:
    import pyarrow as pa

    from soc.context import Context

_DAY_S = 86_400
_KEYS = ("day", "zone", "ip", "port", "transport", "client")
_CALLED = ("soc.destination.zone", "destination.ip", "destination.port")
_CALLING = ("soc.source.zone", "source.ip", "source.port")
_MOST_NAMED = 2_000  # addresses that a question names; beyond that it asks for all


class RollupSettings(Settings):
    """``[detections.rollup]``."""

    monitors: tuple[str, ...] = Field(
        default=(), description="Networks of registered monitors; their calls are no use"
    )
    scan_hosts: int = Field(
        default=20,
        ge=2,
        description="Addresses of the estate in a day that make a caller a scanner",
    )
    scan_packets: int = Field(default=3, ge=1, description="Most packets to each of them, for that")

    @field_validator("monitors")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(str(network(text)) for text in value)
        except InputError as error:
            raise ValueError(str(error)) from error


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
        addresses = self.places.addresses
        return In(column, addresses) if len(addresses) <= _MOST_NAMED else Exists(column)

    def aggregate(self, by: tuple[str, ...], where: Where, **more: Any) -> pa.Table:
        """Numbers by day, observer and columns."""
        measures = (Measure("n", "count"), Measure("bytes", "sum", "network.bytes"))
        query = Aggregate(
            "flow",
            more.pop("measures", measures),
            by=("observer.name", *by),
            bucket=Bucket(_DAY_S, zone=self.context.config.site.time_zone),
            where=where,
            period=self.period,
            **more,
        )
        return self.context.engine.aggregate(query)


def usage_rows(
    days: Sequence[date], origins: tuple[str, ...], context: Context
) -> Iterator[dict[str, Any]]:
    """One row an endpoint in use and day, quiet ones too."""
    found = places(context)
    if not found.all:
        return
    settings = context.config.plugin("detections.rollup", RollupSettings)
    period = context.calendar.days(days[0], days[-1])
    asked = Asked(period, origins, found, settings, context)
    pairs = _pairs(asked)
    with_port = _summed(pairs, ("day", "zone", "ip", "port", "transport"))
    without = _summed(pairs, ("day", "zone", "ip"))
    outbound = _outbound(asked)
    covered = coverage_of(days, found, context)
    for day in days:
        start = context.calendar.day(day).start
        for place in found.all:
            tally = _tally(place, start, with_port, without)
            yield _row(place, day, tally, asked) | {
                "soc.usage.outbound": outbound.get((start, place.zone or "", place.ip), 0),
                "soc.usage.coverage": covered[day, place],
            }


_Sums = Mapping[tuple[Any, ...], Mapping[str, int]]
_COUNTED = ("clients", "flows", "answered", "removed", "bytes")


def _tally(place: Place, start: Any, with_port: _Sums, without: _Sums) -> Mapping[str, int]:
    at = (start, place.zone or "", place.ip)
    if place.port is None:
        return without.get(at, {})
    if place.transport is not None:
        return with_port.get((*at, place.port, place.transport), {})
    spoken = (with_port.get((*at, place.port, each), {}) for each in ("tcp", "udp"))
    return reduce(lambda a, b: {n: a.get(n, 0) + b.get(n, 0) for n in _COUNTED}, spoken)


def _row(place: Place, day: date, tally: Mapping[str, int], asked: Asked) -> dict[str, Any]:
    parts = (day.isoformat(), place.zone or "", place.ip, place.port or "", place.transport or "")
    origin = "live" if "live" in asked.origins else asked.origins[0]
    return {
        "@timestamp": asked.context.calendar.day(day).start,
        "event.module": "rollup",
        "soc.origin": origin,
        "soc.usage.key": "|".join(map(str, (origin, *parts))),
        "soc.usage.day": day.isoformat(),
        "soc.usage.zone": place.zone,
        "soc.usage.ip": place.ip,
        "soc.usage.port": place.port,
        "soc.usage.transport": place.transport,
        **{f"soc.usage.{name}": tally.get(name, 0) for name in _COUNTED},
    }


def _pairs(asked: Asked) -> pa.Table:
    """One row a day, endpoint and client: calls, answered ones, bytes, and whether it counts."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ports = asked.places.ports
    calls = asked.where(
        asked.near("destination.ip"), Some((In("destination.port", ports), CLIENT_SIDE))
    )
    answers = asked.where(
        asked.near("source.ip"),
        Some((In("source.port", ports), _ANSWER_SIDE)),
        Not(REFUSED),
    )
    by = (*_CALLED, "network.transport", "source.ip")
    back = (*_CALLING, "network.transport", "destination.ip")
    called = _best(asked.aggregate(by, calls), by, ("n", "bytes"), asked)
    spoke = _best(asked.aggregate(by, All((calls, TALKED))), by, ("n",), asked)
    replied = _best(asked.aggregate(back, answers), back, ("n", "bytes"), asked)
    table = called.join(
        spoke.rename_columns([*_KEYS, "spoke"]), list(_KEYS), join_type="left outer"
    )
    renamed = replied.rename_columns([*_KEYS, "replied", "back"])
    table = table.join(renamed, list(_KEYS), join_type="left outer")
    n, spoken, told, back_bytes = (
        pc.fill_null(table[name], 0) for name in ("n", "spoke", "replied", "back")
    )
    answered = pc.min_element_wise(n, pc.max_element_wise(spoken, told))
    removed = _removed(table, asked)
    kept = pc.cast(pc.invert(removed), pa.int64())
    octets = pc.add(pc.fill_null(table["bytes"], 0), back_bytes)
    is_client = pc.and_(pc.invert(removed), pc.greater(answered, 0))
    return pa.table(
        {
            **{name: table[name] for name in _KEYS},
            "flows": n,
            "removed": pc.multiply(n, pc.subtract(1, kept)),
            "answered": pc.multiply(answered, kept),
            "bytes": pc.multiply(octets, kept),
            "who": pc.if_else(is_client, table["client"], pa.scalar(None, pa.string())),
        }
    )


_ANSWER_SIDE: Where = All(
    (Range("source.port", low=1, high=SERVICE_PORTS), Range("destination.port", low=1_024))
)


def _best(
    table: pa.Table, by: tuple[str, ...], measures: tuple[str, ...], asked: Asked
) -> pa.Table:
    """The groups without their observer: of each the most that one observer counted."""
    import pyarrow as pa
    import pyarrow.compute as pc

    names = dict(zip(_KEYS, ("bucket", *by), strict=True))
    columns = {key: table[name] for key, name in names.items()}
    columns["zone"] = asked.places.attributed(columns["zone"], columns["ip"])
    columns["transport"] = pc.fill_null(columns["transport"], "")
    columns |= {name: table[name] for name in measures}
    grouped = pa.table(columns).group_by(list(_KEYS))
    found = grouped.aggregate([(name, "max") for name in measures])
    return found.select([*_KEYS, *(f"{name}_max" for name in measures)]).rename_columns(
        [*_KEYS, *measures]
    )


def _summed(pairs: pa.Table, keys: tuple[str, ...]) -> _Sums:
    """What every endpoint of these keys came to."""
    import pyarrow.compute as pc

    grouped = pairs.group_by(list(keys)).aggregate(
        [
            *((name, "sum") for name in ("flows", "removed", "answered", "bytes")),
            ("who", "count_distinct", pc.CountOptions(mode="only_valid")),
        ]
    )
    sums = {
        "clients": "who_count_distinct",
        **{name: f"{name}_sum" for name in ("flows", "removed", "answered", "bytes")},
    }
    return {
        tuple(row[key] for key in keys): {name: row[each] or 0 for name, each in sums.items()}
        for row in grouped.to_pylist()
    }


def _removed(table: pa.Table, asked: Asked) -> pa.Array:
    """True for pairs whose client is a scanner of ours, a monitor, or calls like a scanner."""
    import pyarrow as pa
    import pyarrow.compute as pc

    own = pa.array(_own(pc.unique(table["client"]).to_pylist(), asked), pa.string())
    is_own = pc.is_in(table["client"], value_set=own)
    marks = table.select(["day", "client"]).append_column(
        "at", pa.array(range(len(table)), pa.int64())
    )
    joined = marks.join(_sweeping(asked), ["day", "client"], join_type="left outer").sort_by("at")
    return pc.or_(is_own, pc.fill_null(joined["sweeps"], False))


def _own(clients: Sequence[str | None], asked: Asked) -> list[str]:
    """Which of the clients are scanners of ours or registered monitors."""
    from detections.alerts import silences

    monitors = Lookup((network(text), text) for text in asked.settings.monitors)
    known = (monitors, silences(asked.context).scanners)
    return [name for name in clients if name and any(_in(table, name) for table in known)]


def _in(known: Lookup[str], text: str) -> bool:
    try:
        return known.get(address(text)) is not None
    except InputError:
        return False


def _sweeping(asked: Asked) -> pa.Table:
    """Day and client of those who called many addresses of the estate with few packets each."""
    import pyarrow as pa
    import pyarrow.compute as pc

    settings = asked.settings
    found = asked.aggregate(
        ("source.ip", "destination.ip"),
        asked.where(Exists("soc.destination.zone"), Range("destination.port", high=SERVICE_PORTS)),
        measures=(Measure("packets", "sum", "source.packets"),),
        having=Range("packets", high=settings.scan_packets),
    )
    grouped = found.group_by(["bucket", "source.ip"]).aggregate(
        [("destination.ip", "count_distinct")]
    )
    many = grouped.filter(
        pc.greater_equal(grouped["destination.ip_count_distinct"], settings.scan_hosts)
    )
    return pa.table(
        {
            "day": many["bucket"],
            "client": many["source.ip"],
            "sweeps": pa.array([True] * len(many), pa.bool_()),
        }
    )


def _outbound(asked: Asked) -> dict[tuple[Any, ...], int]:
    """Flows that each registered address began, by day and zone."""
    found = asked.aggregate(
        ("soc.source.zone", "source.ip"), asked.where(asked.near("source.ip"), CLIENT_SIDE)
    )
    zones = asked.places.attributed(found["soc.source.zone"], found["source.ip"]).to_pylist()
    most: dict[tuple[Any, ...], int] = {}
    for row, zone in zip(found.to_pylist(), zones, strict=True):
        key = (row["bucket"], zone, row["source.ip"])
        most[key] = max(most.get(key, 0), row["n"])
    return most

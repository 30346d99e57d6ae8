"""Whose calls are no use: scanners, monitors, crawlers, health checks, and the network's own talk.

Of a pair that is several of these the first name counts. A broadcast is addressed to no
endpoint, so it needs no taking out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from detections._behaviour_flow import SERVICE_PORTS
from detections._rollup_asked import KEYS
from detections._rollup_checks import checking
from soc.errors import InputError
from soc.net import Lookup, address, network
from soc.query import Measure
from soc.where import Exists, Range

if TYPE_CHECKING:
    import pyarrow as pa

    from detections._rollup_asked import Asked

WHYS = ("scanners", "crawlers", "checks", "chatter")
CHATTER_PORTS = (53, 67, 68, 123, 137, 138, 1900, 5353, 5355)  # UDP: names, time, discovery
_SERVES = 3  # clients of a day from which such a port is a service


def whys(table: pa.Table, called: pa.Table, asked: Asked) -> pa.Array:
    """Why each pair of ``table`` is taken out, one of ``WHYS``; null for a pair that counts.

    ``called`` holds the calls by observer that the pairs were made of.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    marks = table.select(list(KEYS)).append_column("at", pa.array(range(len(table)), pa.int64()))
    for found in (_sweeping(asked), checking(called, asked)):
        keys = [name for name in found.column_names if name in KEYS]
        marks = marks.join(found, keys, join_type="left outer")
    marks = marks.sort_by("at")
    known = pc.unique(table["client"]).to_pylist()
    is_scanner = pc.or_(
        _is_in(table["client"], _own(known, asked)), pc.fill_null(marks["sweeps"], False)
    )
    is_crawler = _is_in(table["client"], _crawlers(known, asked))
    is_check = pc.fill_null(marks["checks"], False)
    conditions = pc.make_struct(is_scanner, is_crawler, is_check)
    return pc.case_when(conditions, *(pa.scalar(name) for name in WHYS[:3]))


def is_chatter(pairs: pa.Table) -> pa.Array:
    """True for talk of the network itself, such as time and names, with a host that serves none.

    It is left out where an address stands in the ledger without a port; with the port it is
    what the endpoint is for. Who answers three clients there serves them.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    keys = ["day", "zone", "ip", "port", "transport"]
    ports = pa.array(CHATTER_PORTS, pairs["port"].type)
    talks = pc.and_(pc.equal(pairs["transport"], "udp"), pc.is_in(pairs["port"], value_set=ports))
    spoken = pairs.select([*keys, "who"]).filter(pc.fill_null(talks, False))
    counted = spoken.group_by(keys).aggregate(
        [("who", "count_distinct", pc.CountOptions(mode="only_valid"))]
    )
    serves = counted.filter(pc.greater_equal(counted["who_count_distinct"], _SERVES)).select(keys)
    serves = serves.append_column("serves", pa.array([True] * len(serves), pa.bool_()))
    marks = pairs.select(keys).append_column("at", pa.array(range(len(pairs)), pa.int64()))
    joined = marks.join(serves, keys, join_type="left outer").sort_by("at")
    return pc.and_(pc.fill_null(talks, False), pc.invert(pc.fill_null(joined["serves"], False)))


def _is_in(clients: pa.ChunkedArray, names: Sequence[str]) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.is_in(clients, value_set=pa.array(names, pa.string()))


def _own(clients: Sequence[str | None], asked: Asked) -> list[str]:
    """Which of the clients are scanners of ours or registered monitors."""
    from detections.alerts import silences

    known = (_listed(asked.settings.monitors), silences(asked.context).scanners)
    return [name for name in clients if name and any(_holds(table, name) for table in known)]


def _crawlers(clients: Sequence[str | None], asked: Asked) -> list[str]:
    known = _listed(asked.settings.crawlers)
    return [name for name in clients if name and _holds(known, name)]


def _listed(networks: Sequence[str]) -> Lookup[str]:
    return Lookup((network(text), text) for text in networks)


def _holds(known: Lookup[str], text: str) -> bool:
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

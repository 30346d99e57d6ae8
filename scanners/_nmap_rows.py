"""Rows of dataset ``scan`` from what nmap said of hosts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from scanners._nmap_xml import Host, Port
from scanners._page import SCRIPT, page_hash
from soc import schema
from soc.batch import Batch, Tally

Row = dict[str, Any]
ANSWERED = ("open", "closed")  # states that only a living host can cause
BROKEN_OFF = "broken_off"  # outcome of a host that nmap did not come to
HONEYPOT = "honeypot"  # or a proxy: outcome of a host that opens everything
MOST_BARE_OPEN = 200
_NO_TITLE = ("Site doesn't have a title", "Did not follow redirect to")
_COLUMNS = (
    "@timestamp",
    "soc.record",
    "soc.origin",
    "event.module",
    "observer.name",
    "destination.ip",
    "destination.port",
    "network.transport",
    "network.protocol",
    "soc.scan.run",
    "soc.scan.phase",
    "soc.scan.vantage",
    "soc.scan.host",
    "soc.scan.outcome",
    "soc.scan.state",
    "soc.scan.reason",
    "soc.scan.product",
    "soc.scan.version",
    "soc.scan.extra",
    "soc.scan.cpe",
    "soc.scan.tls",
    "soc.scan.change",
    "soc.scan.method",
    "soc.scan.title",
    "soc.scan.page",
    "soc.scan.scripts",
    "soc.other",
)


class Numbering:
    """Gives the rows of one run their numbers, in the order in which hosts finished."""

    def __init__(
        self,
        source: int,
        run: str,
        vantage: str,
        now: Callable[[], datetime],
        *,
        origin: str = "live",
    ) -> None:
        self._source = source
        self._last = 0
        self._now = now
        self._fixed: Row = {
            "soc.origin": origin,
            "event.module": "nmap",
            "observer.name": "nmap",
            "soc.scan.run": run,
            "soc.scan.phase": "ports",
            "soc.scan.vantage": vantage or None,
        }

    def batch(
        self,
        hosts: Sequence[Host],
        silent: Sequence[str] = (),
        tally: Tally | None = None,
        changes: Mapping[str, str] | None = None,
    ) -> Batch:
        """Rows of finished hosts, and of addresses that nothing was heard of.

        Those were not reached, or, where nmap was ``broken_off``, perhaps never probed.
        ``changes`` says of a host why its services will be asked.
        """
        made = [row for host in hosts for row in self._host(host, (changes or {}))]
        counted = (tally or Tally()) + Tally(records=len(hosts))
        unheard = {**_UNREACHED, "soc.scan.outcome": BROKEN_OFF} if counted.refused else _UNREACHED
        made += [self._row({"destination.ip": ip, **unheard}) for ip in silent]
        return self._batch(made, counted)

    def versions(self, hosts: Sequence[Host], asked: Mapping[str, Sequence[int]]) -> Batch:
        """Rows of the second phase: what stands behind the ports that the first found open.

        A host that ran into the time limit, or was not reached any more, keeps its ports of the
        first phase; what they are is unknown.
        """
        told = {host.address: host for host in hosts}
        made = [row for ip, ports in asked.items() for row in self._asked(ip, ports, told.get(ip))]
        return self._batch(made, Tally())

    def _batch(self, made: Sequence[Row], tally: Tally) -> Batch:
        rows = _table(made) if made else None
        return Batch(self._source, "scan", rows, tally, observer="nmap")

    def _host(self, host: Host, changes: Mapping[str, str]) -> Iterator[Row]:
        at = self._ended(host)
        shared = {"destination.ip": host.address, **verdict(host)}
        other = {f"nmap.silent.{state}": str(count) for state, count in host.silent.items()}
        if shared["soc.scan.outcome"] == HONEYPOT:
            other["nmap.open"] = str(len(host.ports))
        whole = {**shared, "soc.scan.reason": host.reason, "soc.other": other}
        yield self._row({**whole, "soc.scan.change": changes.get(host.address)}, at)
        for port in host.ports if shared["soc.scan.outcome"] != HONEYPOT else ():
            phase = {"soc.scan.phase": "version"} if is_probed(port) else {}
            yield self._row({**shared, **_port(port), **phase}, at)

    def _asked(self, address: str, ports: Sequence[int], host: Host | None) -> Iterator[Row]:
        outcome = BROKEN_OFF if host is None else "timedout" if host.timedout else "done"
        shared = {
            "destination.ip": address,
            "soc.scan.phase": "version",
            "soc.scan.host": "up",  # by the first phase
            "soc.scan.outcome": outcome,
        }
        yield self._row({**shared, "soc.scan.reason": host.reason if host else None})
        known = {port.number: port for port in host.ports} if host and not host.timedout else {}
        for number in ports:
            found = known.get(number)
            unknown = {"destination.port": number, "network.transport": "tcp", **_SILENT}
            yield self._row({**shared, **(_port(found) if found else unknown)})

    def _ended(self, host: Host) -> datetime | None:
        """When an imported scan says that it was; a live one goes by the clock of the site."""
        if host.ended_s is None or self._fixed["soc.origin"] != "imported":
            return None
        return datetime.fromtimestamp(host.ended_s, UTC)

    def _row(self, facts: Row, at: datetime | None = None) -> Row:
        self._last += 1
        return {**self._fixed, "@timestamp": at or self._now(), "soc.record": self._last, **facts}


_UNREACHED: Row = {"soc.scan.host": "unknown", "soc.scan.outcome": "not_reached"}


_SILENT: Row = {"soc.scan.state": "unknown"}


def is_probed(port: Port) -> bool:
    """True where a port was asked what it is, and answered."""
    return port.service.method == "probed" or port.service.product is not None


def verdict(host: Host) -> Row:
    """Up only on proof of life; a timed-out or silent host is unknown, never down.

    So is one that opens hundreds of ports and says nothing on them: there a proxy or a honeypot
    answers for everybody. nmap calls a host up that it was told to assume (``user-set``), and
    drops every port of a host that ran into the time limit.
    """
    if host.timedout:
        return {"soc.scan.host": "unknown", "soc.scan.outcome": "timedout"}
    if sum(_is_bare(port) for port in host.ports) > MOST_BARE_OPEN:
        return {"soc.scan.host": "unknown", "soc.scan.outcome": HONEYPOT}
    answered = any(port.state in ANSWERED for port in host.ports)
    answered = answered or any(host.silent.get(state) for state in ANSWERED)
    proven = host.state == "up" and host.reason != "user-set"
    if answered or proven:
        return {"soc.scan.host": "up", "soc.scan.outcome": "done"}
    return dict(_UNREACHED)


def _is_bare(port: Port) -> bool:
    return port.state == "open" and port.service.product is None


def title(scripts: Mapping[str, str]) -> str | None:
    """The page's title by http-title; None where it says that there is none, or only moves on."""
    said = scripts.get("http-title", "").partition("\nRequested resource was ")[0].strip()
    return None if not said or said.startswith(_NO_TITLE) else said


def _port(port: Port) -> Row:
    service = port.service
    scripts = dict(port.scripts)
    page = page_hash(scripts.pop(SCRIPT, None))  # the page itself is not kept
    return {
        "destination.port": port.number,
        "network.transport": port.transport,
        "network.protocol": service.name,
        "soc.scan.state": port.state if port.state in (*ANSWERED, "filtered") else "unknown",
        "soc.scan.reason": port.reason,
        "soc.scan.product": service.product,
        "soc.scan.version": service.version,
        "soc.scan.extra": service.extra,
        "soc.scan.cpe": list(service.cpe) or None,
        "soc.scan.tls": service.tls,
        "soc.scan.title": title(scripts),
        "soc.scan.page": page,
        "soc.scan.method": service.method,
        "soc.scan.scripts": scripts or None,
    }


def _table(made: Sequence[Row]) -> pa.RecordBatch:
    declared = schema.arrow("scan")
    columns = {}
    for name in _COLUMNS:
        values = [row.get(name) for row in made]
        if isinstance(declared.field(name).type, pa.MapType):
            values = [list(value.items()) if value else None for value in values]
        columns[name] = pa.array(values, declared.field(name).type)
    return pa.RecordBatch.from_pydict(columns)

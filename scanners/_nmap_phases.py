"""The two phases of a scan: which ports are open, then what stands behind those that changed."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scanners import _nmap_rows as rows
from scanners import _nmap_xml as xml
from scanners._change import change
from scanners._known import Ledger
from scanners._nmap_process import Limits, output
from scanners._shards import Open, Shard, shards, share
from soc.batch import Batch, Tally
from soc.net import address

if TYPE_CHECKING:
    from scanners._nmap_command import Probe
    from soc.context import Context
    from soc.net import Network

log = logging.getLogger(__name__)

BATCH_HOSTS = 64  # hosts of one commit while a scan runs


@dataclass(frozen=True, slots=True)
class Run:
    """What the phases of one run share."""

    limits: Limits
    context: Context
    numbered: rows.Numbering


class Changes:
    """Decides host by host whose services are asked, and remembers them."""

    def __init__(self, ledger: Ledger | None, context: Context, refresh_days: int) -> None:
        self._ledger = ledger
        self._context = context
        self._refresh_days = refresh_days
        self.asked: list[Open] = []

    def of(self, hosts: Sequence[xml.Host]) -> dict[str, str]:
        """Address -> why, for those of a batch whose services will be asked."""
        if self._ledger is None:
            return {}
        known = self._ledger.of([host.address for host in hosts])
        now = self._context.clock.now()
        found: dict[str, str] = {}
        for host in hosts:
            ports = _open(host)
            why = change(known.get(host.address), ports, _said(host), now, self._refresh_days)
            if why and rows.verdict(host)["soc.scan.host"] == "up":
                found[host.address] = why
                self.asked.append(self._host(host.address, ports))
        return found

    def _host(self, text: str, ports: frozenset[tuple[int, str]]) -> Open:
        owner = self._context.estate.owner(address(text), None, self._context.clock.now())
        numbers = tuple(sorted(number for number, transport in ports if transport == "tcp"))
        return Open(text, numbers, owner.unit if owner else None)


def _open(host: xml.Host) -> frozenset[tuple[int, str]]:
    return frozenset((p.number, p.transport) for p in host.ports if p.state == "open")


def _said(host: xml.Host) -> dict[tuple[int, str], str]:
    banners = ((p.number, p.transport, p.scripts.get("banner")) for p in host.ports)
    return {(number, transport): text for number, transport, text in banners if text}


def sweep(
    networks: Sequence[Network], probe: Probe, family: int, run: Run, changes: Changes
) -> Iterator[Batch]:
    """The first phase over one group of networks; the last batch tells of the silent ones."""
    told: set[str] = set()
    hosts: list[xml.Host] = []
    end = xml.End(False, "nmap did not start")
    with output(networks, probe, family, run.limits, run.context.environment) as stream:
        for found in xml.read(stream):
            if isinstance(found, xml.Host):
                told.add(found.address)
                hosts.append(found)
            elif isinstance(found, xml.End):
                end = found
            if len(hosts) >= BATCH_HOSTS:
                yield run.numbered.batch(hosts, changes=changes.of(hosts))
                hosts = []
    missing = [str(n).partition("/")[0] for n in networks if n.is_host]
    silent = [address for address in missing if address not in told]
    _warn(end)
    tally = Tally(refused=0 if end.whole else 1)
    yield run.numbered.batch(hosts, silent, tally, changes.of(hosts))


def ask(
    hosts: Sequence[Open], probe: Probe, processes: int, run: Run
) -> Generator[Batch, None, None]:
    """The second phase: shards side by side, each host only at its own open ports."""
    waiting = shards(hosts, processes)
    rate = share(probe.max_rate, min(processes, len(waiting)))
    asking = replace(probe, versions=True, banners=False, max_rate=rate)
    with ThreadPoolExecutor(processes, thread_name_prefix="shard") as pool:
        running = {pool.submit(_asked, shard, asking, run): shard for shard in waiting}
        try:
            while running:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield _told(running.pop(future), future, run)
        finally:
            for future in running:
                future.cancel()
            if running:
                run.limits.stopped.set()


def _asked(shard: Shard, probe: Probe, run: Run) -> tuple[list[xml.Host], xml.End]:
    """What one process said of the hosts of a shard."""
    hosts: list[xml.Host] = []
    end = xml.End(False, "stopped")
    if run.limits.stopped.is_set():
        return hosts, end
    asking = replace(probe, ports=",".join(map(str, shard.ports)))
    networks = [address(text) for text in shard.addresses]
    with output(networks, asking, shard.family, run.limits, run.context.environment) as stream:
        for found in xml.read(stream):
            if isinstance(found, xml.Host):
                hosts.append(found)
            elif isinstance(found, xml.End):
                end = found
    return hosts, end


def _told(shard: Shard, future: Future[tuple[list[xml.Host], xml.End]], run: Run) -> Batch:
    hosts, end = future.result()
    _warn(end)
    asked = dict.fromkeys(shard.addresses, shard.ports)
    batch = run.numbered.versions(hosts, asked)
    return replace(batch, tally=Tally(refused=0 if end.whole else 1))


def _warn(end: xml.End) -> None:
    if not end.whole:
        log.warning("scan broken off", extra={"error.message": end.reason})

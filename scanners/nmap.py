"""Scans with nmap: streamed, inside the authorised scope, honest about what was not measured.

Two phases: which curated ports are open, then, only on hosts where something changed, what
stands behind the open ones. nmap runs as processes of its own with an argument list, a process
group and a wall-clock limit; its XML is read as it comes. python-nmap serves the small
synchronous re-check of one host (`recheck`): for bulk results it needs two gigabytes where the
stream needs ten megabytes.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import nmap
from pydantic import Field

from scanners import _nmap_command as command
from scanners import _nmap_rows as rows
from scanners import _nmap_xml as xml
from scanners._known import Ledger
from scanners._nmap_phases import Changes, Run, ask, sweep
from scanners._nmap_process import Limits
from scanners._ports import curated
from scanners._shards import capped
from scanners._stop import Brake
from soc.batch import Batch, Tally
from soc.config import Settings as TableSettings
from soc.errors import InputError, ToolError
from soc.net import address, subtract

if TYPE_CHECKING:
    from soc.context import Context
    from soc.net import Network
    from soc.scope import Target

log = logging.getLogger(__name__)

RECHECK_PORTS = 30  # most ports of one re-check
IMPORT_HOSTS = 2_000


class Settings(TableSettings):
    """``[scanners.nmap]``."""

    ports: str = Field(default_factory=curated, description="TCP ports, as 22,80,8000-8100")
    max_rate: int = Field(
        default=1_000, ge=1, le=3_000, description="Packets a second, at most, of all shards"
    )
    retries: int = Field(default=2, ge=0, le=5, description="Repeats of an unanswered probe")
    host_timeout_s: int = Field(default=120, ge=5, description="Longest time for one host")
    limit_s: int = Field(default=3_600, ge=5, description="Longest time for the whole run")
    versions: bool = Field(default=True, description="Ask open ports what they are")
    shards: int = Field(default=4, ge=1, le=8, description="Processes that ask at a time")
    refresh_days: int = Field(
        default=7, ge=0, description="Ask an unchanged host again after so many days; 0: always"
    )
    banners: bool = Field(
        default=False, description="Listen a second for greetings when looking for open ports"
    )
    rate_24: int | None = Field(
        default=None, ge=1, description="Packets a second, at most, into one /24; 200 is careful"
    )
    hours: dict[str, str] = Field(
        default_factory=dict, description="Hours of a plan, as daily = 22:00-06:00; else any"
    )
    vantage: str = Field(default="", description="Zone that the scanner stands in")


def scan(
    targets: Sequence[Target], settings: Settings, context: Context, *, source: int, run: str
) -> Iterator[Batch]:
    """Batches of dataset ``scan`` as hosts finish: one row a host, one a port, for each phase.

    Rows of phase ``ports`` say what is open; those of phase ``version`` what it is, for hosts
    whose ``soc.scan.change`` says why they were asked. A host that timed out, or that nmap said
    nothing about, is ``unknown``; one that timed out in the second phase keeps its ports.
    ``source`` is the source key of the run, ``run`` its id.

    Raises:
        ToolError: nmap is missing or refused to start.
    """
    numbered = rows.Numbering(source, run, settings.vantage, context.clock.now)
    with Brake(run, context) as brake:
        limits = Limits(time.monotonic() + settings.limit_s, brake.pulled)
        going = Run(limits, context, numbered)
        changes = Changes(_ledger(settings, context, run), context, settings.refresh_days)
        for family in (4, 6):
            for group, assume_up in _groups(targets, family):
                probe = _probe(settings, group, assume_up=assume_up)
                yield from sweep(group, probe, family, going, changes)
        if settings.versions:
            hosts = [address(host.address) for host in changes.asked]
            probe = _probe(settings, hosts, assume_up=True)
            asked = ask(changes.asked, probe, settings.shards, going)
            with closing(asked):
                yield from asked


def _ledger(settings: Settings, context: Context, run: str) -> Ledger | None:
    return Ledger(context, settings.vantage, but=run) if settings.versions else None


def _groups(targets: Sequence[Target], family: int) -> Iterator[tuple[list[Network], bool]]:
    """Single addresses, probed also when they do not answer a ping; then ranges without them."""
    networks = [target.network for target in targets if target.network.family == family]
    singles = [network for network in networks if network.is_host]
    ranges = [network for network in networks if not network.is_host]
    for group, assume_up in ((singles, True), (subtract(ranges, singles), False)):
        if group:
            yield group, assume_up


def _probe(settings: Settings, hosts: Sequence[Network], *, assume_up: bool) -> command.Probe:
    return command.Probe(
        ports=settings.ports,
        max_rate=capped(settings.max_rate, settings.rate_24, hosts),
        retries=settings.retries,
        host_timeout_s=settings.host_timeout_s,
        versions=False,
        assume_up=assume_up,
        banners=settings.banners,
    )


def recheck(target: Target, ports: Iterable[int], timeout_s: int = 60) -> dict[int, str]:
    """State of a few ports of one host now: open, closed, filtered, or unknown.

    By python-nmap, a new scanner each time: after a time-out it still holds the result of the
    scan before, which would read as new.

    Raises:
        InputError: the target is a range, or more than 30 ports are asked for.
        ToolError: nmap is missing or failed.
    """
    wanted = sorted(set(ports))
    if not target.network.is_host or not 0 < len(wanted) <= RECHECK_PORTS:
        raise InputError(f"{target.network}: re-check one host and 1 to {RECHECK_PORTS} ports")
    host = str(target.network).partition("/")[0]
    arguments = "-n -Pn -sT --max-retries 2" + (" -6" if target.network.family == 6 else "")
    asked = ",".join(str(int(port)) for port in wanted)
    try:
        scanner = nmap.PortScanner()
        scanner.scan(host, asked, arguments, timeout=timeout_s)
    except nmap.PortScannerTimeout:
        return dict.fromkeys(wanted, "unknown")
    except nmap.PortScannerError as error:
        raise ToolError(f"nmap: {error}; run it by hand") from error
    found = scanner[host].get("tcp", {}) if host in scanner.all_hosts() else {}
    return {port: found.get(port, {}).get("state", "unknown") for port in wanted}


def import_file(path: Path, source: int, run: str) -> Iterator[Batch]:
    """Batches of an nmap XML file that was made elsewhere; a broken one gives what it holds.

    Raises:
        InputError: the file cannot be read, or is no nmap XML.
    """
    numbered = rows.Numbering(source, run, "", lambda: datetime.now(UTC), origin="imported")
    try:
        stream = path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; name a file that can be read") from error
    with stream:
        xml.check_file(str(path), stream)
        hosts: list[xml.Host] = []
        for found in xml.read(stream):
            if isinstance(found, xml.Host):
                hosts.append(found)
            if len(hosts) >= IMPORT_HOSTS:
                yield numbered.batch(hosts)
                hosts = []
            if isinstance(found, xml.End):
                if not found.whole:
                    log.warning("scan file broken off", extra={"error.message": found.reason})
                yield numbered.batch(hosts, [], Tally(refused=0 if found.whole else 1))

"""Scans with nmap: streamed, inside the authorised scope, honest about what was not measured.

nmap runs as a process of its own with an argument list, a process group and a wall-clock
limit; its XML is read as it comes. python-nmap serves the small synchronous re-check of one
host (`recheck`): for bulk results it needs two gigabytes where the stream needs ten megabytes.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer
from typing import IO, TYPE_CHECKING, Any

import nmap
from pydantic import Field

from scanners import _nmap_command as command
from scanners import _nmap_rows as rows
from scanners import _nmap_xml as xml
from scanners._ports import curated
from soc.batch import Batch, Tally
from soc.config import Settings as TableSettings
from soc.errors import InputError, ToolError

if TYPE_CHECKING:
    from soc.context import Context
    from soc.net import Network
    from soc.scope import Target

log = logging.getLogger(__name__)

RECHECK_PORTS = 30  # most ports of one re-check
BATCH_HOSTS = 64  # hosts of one commit while a scan runs
IMPORT_HOSTS = 2_000


class Settings(TableSettings):
    """``[scanners.nmap]``."""

    ports: str = Field(default_factory=curated, description="TCP ports, as 22,80,8000-8100")
    max_rate: int = Field(default=1_000, ge=1, le=3_000, description="Packets a second, at most")
    retries: int = Field(default=2, ge=0, le=5, description="Repeats of an unanswered probe")
    host_timeout_s: int = Field(default=120, ge=5, description="Longest time for one host")
    limit_s: int = Field(default=3_600, ge=5, description="Longest time for the whole run")
    versions: bool = Field(default=True, description="Ask open ports what they are")
    vantage: str = Field(default="", description="Zone that the scanner stands in")


def scan(
    targets: Sequence[Target], settings: Settings, context: Context, *, source: int, run: str
) -> Iterator[Batch]:
    """Batches of dataset ``scan`` as hosts finish: one row a host, one a port.

    A host that timed out, or that nmap said nothing about, is ``unknown``. ``source`` is the
    source key of the run, ``run`` its id.

    Raises:
        ToolError: nmap is missing or refused to start.
    """
    numbered = rows.Numbering(source, run, settings.vantage, context.clock.now)
    for family in (4, 6):
        networks = [t.network for t in targets if t.network.family == family]
        if networks:
            yield from _family(networks, family, settings, context, numbered)


def _family(
    networks: Sequence[Network],
    family: int,
    settings: Settings,
    context: Context,
    numbered: rows.Numbering,
) -> Iterator[Batch]:
    singles = [network for network in networks if network.is_host]
    ranges = [network for network in networks if not network.is_host]
    for group, assume_up in ((singles, True), (ranges, False)):
        if group:
            probe = _probe(settings, assume_up=assume_up)
            yield from _probed(group, probe, family, settings.limit_s, context, numbered)


def _probe(settings: Settings, *, assume_up: bool) -> command.Probe:
    return command.Probe(
        ports=settings.ports,
        max_rate=settings.max_rate,
        retries=settings.retries,
        host_timeout_s=settings.host_timeout_s,
        versions=settings.versions,
        assume_up=assume_up,
    )


def _probed(
    networks: Sequence[Network],
    probe: command.Probe,
    family: int,
    limit_s: int,
    context: Context,
    numbered: rows.Numbering,
) -> Iterator[Batch]:
    told: set[str] = set()
    hosts: list[xml.Host] = []
    end = xml.End(False, "nmap did not start")
    with _process(networks, probe, family, limit_s, context.environment) as stream:
        for found in xml.read(stream):
            if isinstance(found, xml.Host):
                told.add(found.address)
                hosts.append(found)
            elif isinstance(found, xml.End):
                end = found
            if len(hosts) >= BATCH_HOSTS:
                yield numbered.batch(hosts)
                hosts = []
    missing = [str(n).partition("/")[0] for n in networks if n.is_host]
    silent = [address for address in missing if address not in told]
    if not end.whole:
        log.warning("scan broken off", extra={"error.message": end.reason})
    yield numbered.batch(hosts, silent, Tally(refused=0 if end.whole else 1))


@contextmanager
def _process(
    networks: Sequence[Network],
    probe: command.Probe,
    family: int,
    limit_s: int,
    inherited: Any,
) -> Iterator[IO[bytes]]:
    """nmap's standard output; the process group is ended when the block ends."""
    program = program_path()
    with tempfile.TemporaryDirectory(prefix="soc-scan-") as name:
        folder = Path(name)
        command.write_targets(folder / "targets", networks)
        arguments = command.argv(
            program, probe, folder / "targets", family, privileged=os.geteuid() == 0
        )
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=command.environment(folder, inherited),
            start_new_session=True,
        )
        timer = Timer(limit_s, _end, (process,))
        timer.start()
        try:
            if process.stdout is None:
                raise ToolError(f"{program}: gave no output; run it by hand")
            yield process.stdout
        finally:
            timer.cancel()
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End our own process group, politely first; it may have ended by itself meanwhile."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            break
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=3)
    process.wait()
    if process.stdout:
        process.stdout.close()


def program_path() -> str:
    """Where nmap is.

    Raises:
        ToolError: it is not installed.
    """
    found = shutil.which("nmap")
    if found is None:
        raise ToolError("nmap: not found on PATH; apt install nmap")
    return found


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
    address = str(target.network).partition("/")[0]
    arguments = "-n -Pn -sT --max-retries 2" + (" -6" if target.network.family == 6 else "")
    asked = ",".join(str(int(port)) for port in wanted)
    try:
        scanner = nmap.PortScanner()
        scanner.scan(address, asked, arguments, timeout=timeout_s)
    except nmap.PortScannerTimeout:
        return dict.fromkeys(wanted, "unknown")
    except nmap.PortScannerError as error:
        raise ToolError(f"nmap: {error}; run it by hand") from error
    found = scanner[address].get("tcp", {}) if address in scanner.all_hosts() else {}
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

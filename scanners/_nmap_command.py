"""The command line of nmap: built from checked targets and settings only, never from text."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from soc.errors import ConfigError

if TYPE_CHECKING:
    from soc.net import Network

# Scripts that send one harmless question and nothing to anybody else (notes: allow by name only).
SCRIPTS = ("http-title", "ssl-cert", "banner")
PAGE = "govsoc-page.nse"  # our own: the front page, for a hash; it lies beside the targets
_PORTS = re.compile(r"[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*")
# Servers that speak only TLS 1.0 or 1.1 are the very ones to find; OpenSSL 3 refuses them
# unless told so. Only nmap's own environment gets this.
_OPENSSL = """openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = old
[old]
MinProtocol = TLSv1
CipherString = DEFAULT@SECLEVEL=0
"""


@dataclass(frozen=True, slots=True)
class Probe:
    """How hosts are probed; times in seconds, rate in packets a second."""

    ports: str
    max_rate: int
    retries: int
    host_timeout_s: int
    versions: bool
    assume_up: bool
    banners: bool = False  # without versions: read what a port says by itself


def argv(program: str, probe: Probe, targets: Path, family: int, *, privileged: bool) -> list[str]:
    """The argument list; targets come from a file that we wrote.

    Raises:
        ConfigError: the ports are no port list.
    """
    count(probe.ports)
    arguments = [program, "-n", "-sS" if privileged else "-sT", "-oX", "-", "--noninteractive"]
    arguments += ["-6"] if family == 6 else []
    arguments += ["-Pn"] if probe.assume_up else []
    arguments += ["-T4", "-p", probe.ports, "--max-rate", str(probe.max_rate)]
    arguments += ["--max-retries", str(probe.retries), "--max-hostgroup", "64"]
    arguments += ["--host-timeout", f"{probe.host_timeout_s}s", "--stats-every", "2s"]
    if probe.versions:
        scripts = (*SCRIPTS, str(targets.with_name(PAGE)))
        arguments += ["-sV", "--version-light", "--script", ",".join(scripts)]
        arguments += ["--script-timeout", "10s", "--script-args", "banner.timeout=2s"]
    elif probe.banners:
        arguments += ["--script", "banner", "--script-args", "banner.timeout=1s"]
    return [*arguments, "-iL", str(targets)]


def count(ports: str) -> int:
    """How many ports a port list names.

    Raises:
        ConfigError: it is none.
    """
    if not _PORTS.fullmatch(ports):
        raise ConfigError(f"scanners.nmap: ports: {ports[:60]!r}; write 22,80,8000-8100")
    total = 0
    for part in ports.split(","):
        first, _, last = part.partition("-")
        low, high = int(first), int(last or first)
        if not 1 <= low <= high <= 65_535:
            raise ConfigError(f"scanners.nmap: ports: {part}; name ports from 1 to 65535")
        total += high - low + 1
    return total


def write_script(folder: Path) -> None:
    """Our script, under a path that holds neither comma nor space of the installation's."""
    (folder / PAGE).write_bytes(files("scanners").joinpath("data", PAGE).read_bytes())


def write_targets(path: Path, networks: Sequence[Network]) -> None:
    """One canonical network a line: what ``-iL`` reads."""
    path.write_text("".join(f"{network}\n" for network in networks), encoding="ascii")


def environment(folder: Path, inherited: Mapping[str, str]) -> dict[str, str]:
    """nmap's environment: ours less secrets, with an OpenSSL that speaks to old servers."""
    settings = folder / "openssl.cnf"
    settings.write_text(_OPENSSL, encoding="ascii")
    kept = {name: inherited[name] for name in ("PATH", "HOME", "TMPDIR") if name in inherited}
    return {"PATH": os.defpath, **kept, "LC_ALL": "C", "OPENSSL_CONF": str(settings)}

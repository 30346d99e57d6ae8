"""Fifty hosts in network namespaces: a scanner that has no way out, and what it may look at.

The scanner stands in a namespace of its own whose only link is the veth: a bug cannot send a
packet to a real network. Addresses are of the benchmarking range. Everything bears the number
of this process and is deleted at the end, also after a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.scanners import lab_servers
from tests.scanners.lab_servers import PREFIX

NAMES = (f"lab{os.getpid()}-scan", f"lab{os.getpid()}-host")
NMAP = """#!/bin/sh
printf "%s\\n" "$@" -- >> {folder}/calls
for last; do :; done; sed "s/$/ $$/" "$last" >> {folder}/targets
exec {ip} netns exec {name} {nmap} "$@"
"""
RULES = """table inet lab {{
  chain in {{
    type filter hook input priority 0; policy accept;
    ip daddr {{ {dropped} }} drop
    ip daddr {{ {partial} }} tcp dport != {{ 80, 443 }} drop
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Lab:
    """The lab while it stands; ``folder`` holds an ``nmap`` that runs in the scanner's place."""

    addresses: tuple[str, ...]
    folder: Path

    def calls(self) -> list[list[str]]:
        """Arguments of every start of nmap since the last ``forget``."""
        path = self.folder / "calls"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return [call.splitlines() for call in text.split("--\n") if call]

    def asked(self) -> int:
        """Hosts whose services were asked since the last ``forget``."""
        return sum("-sV" in call for call in self.calls())

    def forget(self) -> None:
        (self.folder / "calls").unlink(missing_ok=True)

    def probes(self) -> int:
        """Packets that the scanner's link has sent so far."""
        return _counted("tx_packets")

    def answers(self) -> int:
        """Packets that came back to the scanner so far."""
        return _counted("rx_packets")


def _counted(what: str) -> int:
    path = f"/sys/class/net/{NAMES[0][-12:]}/statistics/{what}"
    return int(_ip("netns", "exec", NAMES[0], "cat", path).stdout)


@contextmanager
def standing(folder: Path) -> Iterator[Lab]:
    """The lab for the length of the block; skips where namespaces cannot be made."""
    _needed()
    folder.mkdir()
    servers: subprocess.Popen[bytes] | None = None
    try:
        _link()
        servers = _serve(folder)
        _filter()
        _wrap(folder)
        yield Lab(lab_servers.addresses(), folder)
    finally:
        if servers is not None:
            servers.terminate()
            servers.wait(timeout=10)
        for name in NAMES:
            _ip("netns", "delete", name, check=False)


def _needed() -> None:
    for program in ("ip", "nmap", "nft"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    made = _ip("netns", "add", NAMES[0], check=False)
    if made.returncode:
        pytest.skip(f"no network namespaces: {made.stderr.decode().strip()}")
    _ip("netns", "add", NAMES[1])


def _link() -> None:
    scan, host = (name[-12:] for name in NAMES)
    _ip("link", "add", scan, "netns", NAMES[0], "type", "veth", "peer", host, "netns", NAMES[1])
    for name, link, own in ((NAMES[0], scan, f"{PREFIX}.250"), (NAMES[1], host, f"{PREFIX}.251")):
        _ip("-n", name, "address", "add", f"{own}/24", "dev", link)
        _ip("-n", name, "link", "set", link, "up")
        _ip("-n", name, "link", "set", "lo", "up")
    lines = "".join(f"address add {a}/24 dev {host}\n" for a in lab_servers.addresses())
    _ip("-n", NAMES[1], "-batch", "-", given=lines.encode())
    routes = _ip("-n", NAMES[0], "route").stdout.decode()
    assert "default" not in routes, "the scanner must have no way out"


def _serve(folder: Path) -> subprocess.Popen[bytes]:
    arguments = [_path("ip"), "netns", "exec", NAMES[1], sys.executable, lab_servers.__file__]
    log = (folder / "servers.log").open("wb")
    process = subprocess.Popen(
        [*arguments, str(folder)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
    )
    log.close()
    for _ in range(200):
        if (folder / "ready").exists():
            return process
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError((folder / "servers.log").read_text())


def _filter() -> None:
    rules = RULES.format(
        dropped=", ".join(lab_servers.dropped()), partial=", ".join(lab_servers.partial())
    )
    _ip("netns", "exec", NAMES[1], _path("nft"), "-f", "-", given=rules.encode())


def _wrap(folder: Path) -> None:
    program = folder / "nmap"
    program.write_text(
        NMAP.format(folder=folder, ip=_path("ip"), name=NAMES[0], nmap=_path("nmap"))
    )
    program.chmod(0o755)


def _path(program: str) -> str:
    found = shutil.which(program)
    assert found
    return found


def _ip(
    *arguments: str, given: bytes | None = None, check: bool = True
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [_path("ip"), *arguments], input=given, capture_output=True, check=check, timeout=30
    )

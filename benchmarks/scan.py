"""A first day, an unchanged day and a full scan of the fifty-host lab, in time and in packets.

Run ``python -m benchmarks.scan`` as root: the lab stands in network namespaces of its own, the
scanner's has no other link. The full scan is nmap itself over the same hosts and ports with
``-sS -sV -T4``, in one process. Packets are counted where they come in, both ways.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cli import jobs
from scanners._nmap_xml import Host, read
from scanners._ports import curated
from soc._open import open_context
from soc.actor import Actor
from soc.config import Config, EstateSettings, ScopeSettings, Site
from soc.context import Context
from tests.conftest import SetClock
from tests.scanners import lab, lab_servers
from tests.scanners.lab import Lab

RATE = 3_000


@contextmanager
def site(fifty: Lab, folder: Path, clock: SetClock) -> Iterator[Context]:
    """A site that may scan the lab, and nothing else."""
    config = Config(
        home=folder / "site",
        site=Site(name="澜汀区", code="lt", region="澜汀区"),
        estate=EstateSettings(guard_profile="documentation-allowed"),
        scope=ScopeSettings(scan=(f"{lab_servers.PREFIX}.0/24",)),
        scanners={"nmap": {"host_timeout_s": 30, "max_rate": RATE, "shards": 8}},
    )
    actor = Actor("bench", "周启明", frozenset({"scan"}), through="cli", host="bench")
    os.environ["PATH"] = f"{fifty.folder}:{os.environ['PATH']}"
    with open_context(config, jobs(), clock=clock, actor=actor) as opened:
        yield opened


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one scan: seconds, packets out and in, and the open ports that it found."""

    seconds: float
    sent: int
    answered: int
    open: int

    @property
    def packets(self) -> int:
        return self.sent + self.answered


def cost(work: Callable[[], int], fifty: Lab) -> Cost:
    """What a scan cost; it gives its number of open ports."""
    sent, answered, began = fifty.probes(), fifty.answers(), time.monotonic()
    found = work()
    seconds = time.monotonic() - began
    return Cost(seconds, fifty.probes() - sent, fifty.answers() - answered, found)


def day(context: Context, fifty: Lab, clock: SetClock) -> Cost:
    """A run of the job; the clock goes on a day."""
    params = {"targets": fifty.addresses}
    found = cost(lambda: int(context.jobs.run("scan", params, context).value["open"]), fifty)
    clock.set(clock.now() + timedelta(days=1))
    return found


def full(fifty: Lab, folder: Path) -> int:
    """Open ports by one nmap that asks every host everything."""
    asked = ["-n", "-Pn", "-sS", "-sV", "-T4", "-p", curated(), "-oX", "-", *fifty.addresses]
    done = subprocess.run([fifty.folder / "nmap", *asked], capture_output=True, check=True)
    path = folder / "full.xml"
    path.write_bytes(done.stdout)
    with path.open("rb") as stream:
        hosts = [host for host in read(stream) if isinstance(host, Host)]
    return sum(port.state == "open" for host in hosts for port in host.ports)


def main() -> None:
    """Print each cost, and the unchanged day as a share of the others."""
    with tempfile.TemporaryDirectory(prefix="soc-bench-") as name:
        folder, clock = Path(name), SetClock()
        with lab.standing(folder / "bin") as fifty, site(fifty, folder, clock) as context:
            costs = {
                "first day": day(context, fifty, clock),
                "unchanged day": day(context, fifty, clock),
                "full scan by nmap": cost(lambda: full(fifty, folder), fifty),
            }
    same = costs["unchanged day"]
    print(f"{len(lab_servers.addresses())} hosts, {RATE} packets a second at most")
    for what, each in costs.items():
        print(
            f"{what:18} {each.seconds:6.1f} s, {each.sent:6} packets out, {each.answered:6} in, "
            f"{each.open:3} open; an unchanged day: {same.seconds / each.seconds:.3f} of the time, "
            f"{same.packets / each.packets:.3f} of the packets"
        )


if __name__ == "__main__":
    main()

"""Shipping flows to Elasticsearch: what it costs us, what the server, and how much they take there.

Run ``python -m benchmarks.ship [FLOWS]``. An event log as the collector of IPFIX writes it is
shipped by ``soc.store.ship``, reading, encoding, checking and keeping the position included:

* to a server in another process that answers 201 for each document and keeps nothing: documents
  per CPU-second of the shipper. Aim: 100,000;
* to a real node on the same machine: CPU of the shipper against the node's (aim: at most a
  fifth), and the rate against two threads that send bodies which were encoded before, 4,000
  documents a request (aim: 0.9). The two take turns, each into a stream of its own; the node is
  warm. Without Java or the server's archive this part is left out and says so;
* bytes a flow on the node, in standard mode and in logsdb, after a merge to one segment
  (``_forcemerge``), by ``_stats/store``. Aims: 230 and 140. The flows have no twins, no
  ``soc.other`` and about 30 fields.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks._discard import discarding
from benchmarks.encode import batches, logged
from soc._open import open_context
from soc.config import Config, read
from soc.store._elastic_names import stream
from soc.store._ship_encode import encode
from soc.store.elastic import set_up
from soc.store.ship import ship
from tests.elastic_server import Absent, Server, start

AIM_A_CPU_S, AIM_SHARE, AIM_RATE = 100_000, 0.2, 0.9
AIM_BYTES = {"standard": 230, "logsdb": 140}
ROUNDS = 3
REQUEST = 4_000  # documents
ANSWER = "filter_path=errors,items.*.status,items.*.error,items.*._id,items.*.failure_store"


@dataclass(frozen=True)
class Used:
    """What one run took."""

    wall_s: float
    ours_s: float  # CPU of this process
    theirs_s: float  # CPU of the server


def config(home: Path, url: str, namespace: str, mode: str = "standard") -> Config:
    """A site that ships to the address into streams of its own."""
    path = home / f"{namespace}.toml"
    path.write_text(
        f'home = "{home}"\n[elasticsearch]\nhosts = ["{url}"]\n'
        f'namespace = "{namespace}"\nmode = "{mode}"\n',
        encoding="utf-8",
    )
    return read(path, {})


def measured(work: Callable[[], object], server: Server | None = None) -> Used:
    before_s, ours_s, began = cpu_s(server), time.process_time(), time.monotonic()
    work()
    return Used(time.monotonic() - began, time.process_time() - ours_s, cpu_s(server) - before_s)


def cpu_s(server: Server | None) -> float:
    """CPU that a process has used, its threads included."""
    if server is None:
        return 0.0
    fields = Path(f"/proc/{server.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def shipped(site: Config, count: int) -> None:
    """Ship the log of the site once."""
    with open_context(site, ()) as context:
        done = ship(context, datasets=["flow"])
    assert (done.stored, done.letters) == (count, 0), done


def to_nowhere(home: Path, count: int) -> None:
    """Print documents per CPU-second where the server keeps nothing."""
    with discarding() as url:
        shipped(config(home, url, "warm"), count)
        runs = [
            measured(lambda n=number: shipped(config(home, url, f"nowhere{n}"), count))  # type: ignore[misc]
            for number in range(ROUNDS)
        ]
    best = min(runs, key=lambda run: run.ours_s)
    rate = count / best.ours_s
    print(f"to nowhere: {rate:,.0f} documents per CPU-second (aim {AIM_A_CPU_S:,}), ", end="")
    print(f"{count / best.wall_s:,.0f} a second")


def bodies(home: Path) -> list[bytes]:
    """The whole log as requests."""
    from benchmarks.log import WallClock
    from soc.store.log import DeltaLog

    found: list[bytes] = []
    for rows in batches(DeltaLog(home, "collector", WallClock())):
        body = encode(rows, "flow", "collector", 1)
        for first, last in pairwise([*range(0, rows.num_rows, REQUEST), rows.num_rows]):
            found.append(body.data[body.ends[first] : body.ends[last]])
    return found


def prepared(url: str, namespace: str, requests: Sequence[bytes]) -> None:
    """Two threads send what was encoded before; they look at nothing but errors."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda half: _posted(url, namespace, requests[half::2]), range(2)))


def _posted(url: str, namespace: str, requests: Sequence[bytes]) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    target = f"/{stream('flow', namespace)}/_bulk?{ANSWER}"
    for body in requests:
        connection.request("POST", target, body, {"Content-Type": "application/x-ndjson"})
        answer = json.loads(connection.getresponse().read())
        assert not answer["errors"], str(answer)[:300]
    connection.close()


@contextmanager
def node() -> Iterator[Server]:
    """A node of one's own.

    Raises:
        Absent: there is no Java, or no archive.
    """
    server = start(java="-Xms1g -Xmx1g")
    try:
        yield server
    finally:
        server.stop()


def asked(server: Server, method: str, target: str) -> Any:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
    connection.request(method, target)
    found = json.loads(connection.getresponse().read())
    connection.close()
    return found


def to_node(home: Path, server: Server, count: int) -> None:
    """Print the share of CPU and the rates on the real node."""
    requests = bodies(home)
    sites = {f"ours{n}": config(home, server.url, f"ours{n}") for n in range(ROUNDS)}
    for site in sites.values():
        set_up(site, {}, dry_run=False)
    prepared(server.url, "warm", requests)
    ours: list[Used] = []
    peer: list[Used] = []
    for number in range(ROUNDS):
        name = f"peer{number}"
        peer.append(measured(lambda n=name: prepared(server.url, n, requests), server))  # type: ignore[misc]
        site = sites[f"ours{number}"]
        ours.append(measured(lambda s=site: shipped(s, count), server))  # type: ignore[misc]
    told(ours, peer, count)


def told(ours: Sequence[Used], peer: Sequence[Used], count: int) -> None:
    share = sum(run.ours_s for run in ours) / sum(run.theirs_s for run in ours)
    rates = [count * ROUNDS / sum(run.wall_s for run in runs) for runs in (ours, peer)]
    print(f"to a node: CPU of the shipper {share:.2f} of the server's (aim {AIM_SHARE}); ", end="")
    print(f"{rates[0]:,.0f} documents a second, two threads of prepared bodies {rates[1]:,.0f}: ")
    print(f"ratio {rates[0] / rates[1]:.2f} (aim {AIM_RATE})")


def held(home: Path, server: Server, count: int, mode: str) -> None:
    """Print the bytes of a flow on the node."""
    site = config(home, server.url, mode, mode)
    set_up(site, {}, dry_run=False)
    shipped(site, count)
    name = stream("flow", mode)
    for step in ("_forcemerge?max_num_segments=1", "_flush"):
        asked(server, "POST", f"/{name}/{step}")
    found = asked(server, "GET", f"/{name}/_stats/store,docs")["_all"]["primaries"]
    assert found["docs"]["count"] == count
    size = found["store"]["size_in_bytes"] / count
    print(f"{mode}: {size:.0f} B a flow (aim {AIM_BYTES[mode]})")


def main() -> None:
    count = int(sys.argv[1]) if sys.argv[1:] and sys.argv[1].isdecimal() else 100_000
    with tempfile.TemporaryDirectory(prefix="soc-bench-") as folder:
        home = Path(folder)
        logged(home, count)
        to_nowhere(home, count)
        try:
            with node() as server:
                to_node(home, server, count)
                for mode in AIM_BYTES:
                    held(home, server, count, mode)
        except Absent as reason:
            print(f"to a node: left out: {reason}")


if __name__ == "__main__":
    main()

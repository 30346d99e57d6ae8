"""The long proof: ``make soak``. A million rows through kills, restarts, refusals and poison.

Each part prints what it did and the equation at its end: what is on the server and in letters
is what is in the log, by id, each once.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli import jobs
from soc._open import open_context
from soc.config import ElasticsearchSettings, read
from soc.store import _elastic_setup as setup
from soc.store._elastic_client import connect, probe
from soc.store._elastic_keep import backing, rolled_over
from soc.store._elastic_names import stream
from soc.store.ship import status
from tests import elastic_server
from tests.elastic.equation import Sides, in_letters, logged, on_server
from tests.elastic.three_nodes import NODES, kill, three_nodes
from tests.elastic.troubled import (
    DATASET,
    append,
    killed,
    shipped_through_a_block,
    shipping_site,
    started,
    tighten,
)

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from soc.context import Context

NAMESPACE = "soak"
POISON = 0.05
COMMIT = 20_000


@dataclass
class Soak:
    """A home and a cluster in trouble."""

    context: Context
    client: Elasticsearch
    config: Path
    rng: random.Random
    began: float = field(default_factory=time.monotonic)
    poisoned: int = 0

    def told(self, text: str) -> None:
        sys.stdout.write(f"{time.monotonic() - self.began:7.1f} s  {text}\n")
        sys.stdout.flush()

    def rows(self, count: int) -> None:
        poisoned = append(self.context, count, poison=POISON, rng=self.rng, of=COMMIT)
        self.poisoned += poisoned
        self.told(f"{count} rows in the log, {poisoned} of them poison")

    def kills(self, times: int) -> None:
        done = sum(
            killed(self.config, self.context.store.home, self.rng.uniform(0, 1.5))
            for _ in range(times)
        )
        self.told(f"{done} of {times} shippers killed at work, {self.state()}")

    def state(self) -> str:
        found = status(self.context)
        told = f"lag {found['lag_rows']}, state {found['state']}, letters {found['dead_letters']}"
        return f"{told}, {found['error']}" if found["error"] else told

    def shipped(self, tries: int = 30) -> None:
        """``soc store ship`` until everything is decided, as a scheduler would run it."""
        for _ in range(tries):
            code = started(self.config).wait()
            self.told(f"soc store ship: exit {code}, {self.state()}")
            if code == 0:
                return
        raise SystemExit(f"not everything is decided after {tries} runs")

    def proved(self) -> None:
        """The equation is printed; where it does not hold, the soak ends."""
        sides = Sides(
            logged(self.context, DATASET),
            on_server(self.client, stream(DATASET, NAMESPACE)),
            in_letters(self.context),
        )
        wrong = sides.wrong()
        self.told(f"{sides}: {wrong or 'each once'}")
        if wrong or sum(sides.letters.values()) != self.poisoned:
            raise SystemExit(f"{self.poisoned} rows were poison: the equation does not hold")


@contextmanager
def soaking(hosts: Sequence[str], seed: int) -> Iterator[Soak]:
    """A new home that ships to these hosts, with templates set up and a strict mapping."""
    settings = ElasticsearchSettings(hosts=tuple(hosts), namespace=NAMESPACE)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, connect(settings, {}) as client:
        wanted = setup.chosen(client, probe(client), NAMESPACE, 180)
        setup.apply(client, setup.differences(client, wanted), NAMESPACE)
        tighten(client, NAMESPACE)
        config = shipping_site(Path(folder), hosts, NAMESPACE)
        with open_context(read(config, {}), jobs()) as context:
            yield Soak(context, client, config, random.Random(seed))


def one_node(rows: int, kills: int, block_s: float, seed: int) -> None:
    """Kills, a rollover, a restart of the server (killed), a block: one node."""
    server = elastic_server.start()
    try:
        with soaking([server.url], seed) as soak:
            soak.rows(rows - rows // 10)
            soak.kills(kills // 2)
            is_rolled = rolled_over(soak.client, NAMESPACE, DATASET, max_age="0s")
            soak.told("rolled over" if is_rolled else "nothing was sent yet: not rolled over")
            soak.kills(kills - kills // 2)
            server = _restarted(soak, server)
            soak.rows(rows // 10)
            code = shipped_through_a_block(
                soak.context, soak.client, NAMESPACE, soak.config, block_s
            )
            soak.told(f"the index refused everything for {block_s:.0f} s: exit {code}")
            soak.shipped()
            soak.proved()
    finally:
        server.stop()


def _restarted(soak: Soak, server: elastic_server.Server) -> elastic_server.Server:
    """The server is killed while rows are shipped to it, and started again."""
    shipper = started(soak.config)
    time.sleep(3)
    kill(server)
    soak.told("server killed")
    server = elastic_server.started_again(server)
    soak.told(f"server started again; the shipper says {shipper.wait()}")
    return server


def away(rows: int, seed: int) -> None:
    """The daemon runs, the server goes away, rows arrive, the server comes back."""
    server = elastic_server.start()
    try:
        with soaking([server.url], seed) as soak:
            soak.rows(COMMIT)
            shipper = started(soak.config, "--daemon")
            try:
                _until(soak, "what is there is shipped", lambda: _lag(soak) == 0)
                kill(server)
                soak.told("server killed")
                soak.rows(rows)
                _until(
                    soak, "the shipper waits", lambda: status(soak.context)["state"] == "waiting"
                )
                soak.told(soak.state())
                server = elastic_server.started_again(server)
                soak.told("server started again")
                _until(soak, "everything is decided", lambda: _lag(soak) == 0)
            finally:
                _ended(shipper)
            soak.proved()
    finally:
        server.stop()


def three(rows: int, seed: int) -> None:
    """Three nodes with a replica; the one with the primary is killed while rows are shipped."""
    with three_nodes() as nodes, soaking([node.url for node in nodes], seed) as soak:
        soak.rows(rows // 4)
        soak.shipped()
        soak.client.cluster.health(wait_for_status="green", timeout="120s")
        soak.rows(rows - rows // 4)
        shipper = started(soak.config)
        time.sleep(6)
        name = _primary(soak)
        soak.told(f"node {name}, which holds the primary, is killed: {soak.state()}")
        kill(nodes[NODES.index(name)])
        soak.told(f"the shipper ends with {shipper.wait()}, {soak.state()}")
        soak.shipped()
        health = soak.client.cluster.health()
        soak.told(f"{health['number_of_nodes']} nodes left, cluster {health['status']}")
        soak.proved()


def _primary(soak: Soak) -> str:
    """The node with the primary shard of the index that is written to."""
    index = backing(soak.client, stream(DATASET, NAMESPACE))[-1]
    shards: Any = soak.client.cat.shards(index=index, h="prirep,node", format="json")
    return next(str(shard["node"]) for shard in shards if shard["prirep"] == "p")


def _lag(soak: Soak) -> Any:
    return status(soak.context)["lag_rows"]


def _until(soak: Soak, what: str, is_so: Callable[[], bool], for_s: float = 900) -> None:
    ends = time.monotonic() + for_s
    while not is_so():
        if time.monotonic() > ends:
            raise SystemExit(f"not within {for_s:.0f} s: {what}; {soak.state()}")
        time.sleep(0.5)
    soak.told(what)


def _ended(process: subprocess.Popen[bytes]) -> None:
    os.kill(process.pid, signal.SIGTERM)
    process.wait(timeout=60)


def main() -> None:
    """The parts one after the other, in the size asked for."""
    asked = argparse.ArgumentParser(prog="soak")
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--away", type=int, default=2_000_000, help="rows that arrive meanwhile")
    asked.add_argument("--kills", type=int, default=20)
    asked.add_argument("--block", type=float, default=60.0, help="seconds of 429")
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--parts", nargs="*", default=["one", "away", "three"])
    told = asked.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # the servers are stopped then too
    parts: dict[str, Callable[[], None]] = {
        "one": lambda: one_node(told.rows, told.kills, told.block, told.seed),
        "away": lambda: away(told.away, told.seed),
        "three": lambda: three(told.rows, told.seed),
    }
    for name in told.parts:
        sys.stdout.write(f"-- {name}\n")
        parts[name]()


if __name__ == "__main__":
    main()

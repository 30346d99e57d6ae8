"""Three nodes on loopback that form one cluster: three processes of the distribution."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from tests import elastic_server
from tests.elastic_server import QUICK, Server, free_port

NODES = ("one", "two", "three")


@contextmanager
def three_nodes() -> Iterator[list[Server]]:
    """The nodes, of which any two go on without the third; gone at the end of the block.

    Raises:
        Absent: no JDK, no mvn, or the distribution cannot be fetched.
    """
    ports = {name: free_port() for name in NODES}
    seeds = [f"127.0.0.1:{port}" for port in ports.values()]
    with ExitStack() as stack, ThreadPoolExecutor(len(NODES)) as pool:
        asked = [pool.submit(_node, name, port, seeds) for name, port in ports.items()]
        for one in asked:
            stack.callback(_stopped, one)
        yield [one.result() for one in asked]


def _stopped(asked: Future[Server]) -> None:
    """A node is stopped, also where another one did not start."""
    if asked.exception() is None:
        asked.result().stop()


def _node(name: str, port: int, seeds: list[str]) -> Server:
    settings = {
        "discovery.type": None,
        "cluster.name": f"three-{seeds[0].rpartition(':')[2]}",
        "cluster.initial_master_nodes": list(NODES),
        "discovery.seed_hosts": seeds,
        "node.name": name,
        "transport.port": str(port),
    }
    return elastic_server.start(settings, java=QUICK)


def kill(server: Server) -> None:
    """Kill -9: the node has no time to say anything to the others."""
    os.kill(server.pid, signal.SIGKILL)

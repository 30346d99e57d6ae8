"""The small servers of the made day on addresses of this process: runs never meet."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from playbooks.simulate import lab
from playbooks.simulate.lab import SERVERS, Server


def network() -> str:
    """A /24 of loopback that only this process uses."""
    return f"127.{1 + os.getpid() // 256 % 254}.{os.getpid() % 256}.0/24"


def address(host: int) -> str:
    """An address of the network."""
    return f"{network().rpartition('.')[0]}.{host}"


def servers() -> tuple[Server, ...]:
    """Those of the made day, each on its usual port."""
    return tuple(
        Server(address(n), server.port, server.product) for n, server in enumerate(SERVERS, start=1)
    )


@contextmanager
def running() -> Iterator[tuple[Server, ...]]:
    """The servers listen for the length of the block."""
    with lab.running(servers()) as found:
        assert len(found) == len(SERVERS)
        yield found

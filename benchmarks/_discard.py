"""A server that answers the shipper properly and keeps nothing, in a process of its own.

Run ``python -m benchmarks._discard``: it prints its address and ends with its standard input.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.elastic.faulty_cluster import Cluster, Item
from tests.elastic.faulty_wire import faulty


class Nowhere(Cluster):
    """Every document is created, none is kept."""

    def create(self, stream: str, items: Sequence[Item]) -> list[dict[str, Any]]:
        index = self.backing(stream, make=True)[-1].name
        return [{"_index": index, "_id": item.id, "status": 201} for item in items]


@contextmanager
def discarding() -> Iterator[str]:
    """The address of the server, which is there until the end of the block."""
    command = [sys.executable, "-m", "benchmarks._discard"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


def main() -> None:
    with faulty() as server:
        server.cluster = Nowhere()
        print(server.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()

"""Trouble for a shipper that runs in a process of its own against a real server."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from soc.batch import Batch
from soc.store._elastic_keep import backing
from soc.store._elastic_names import SETTINGS, mappings, stream
from soc.store._elastic_templates import PRIORITY
from soc.store.ship import status
from tests.e2e.console import inherited
from tests.e2e.site import site
from tests.soc.store.log_rows import START

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from soc.context import Context

DATASET = "flow"
STRICT = "network.vlan.id"  # a text of ours that the site has mapped as a number
_ELASTIC = '[elasticsearch]\nhosts = [{hosts}]\nnamespace = "{namespace}"\ntimeout_s = {timeout_s}'


def shipping_site(
    folder: Path, hosts: Sequence[str], namespace: str, timeout_s: float = 60
) -> Path:
    """The settings of a site that ships to these hosts and answers from its own log."""
    named = ", ".join(f'"{host}"' for host in hosts)
    more = _ELASTIC.format(hosts=named, namespace=namespace, timeout_s=timeout_s)
    folder.mkdir(parents=True, exist_ok=True)
    return site(folder, more=more)


def tighten(client: Elasticsearch, namespace: str) -> None:
    """In this namespace a row whose VLAN is no number is refused for good."""
    name = f"soc.test.{namespace}"
    fields = {"properties": {STRICT: {"type": "long"}}}
    client.cluster.put_component_template(name=name, template={"mappings": fields})
    client.indices.put_index_template(
        name=name,
        index_patterns=[stream(DATASET, namespace)],
        data_stream={},
        priority=PRIORITY + 1,
        composed_of=[SETTINGS, mappings(DATASET), name],
    )


def append(context: Context, count: int, *, poison: float, rng: random.Random, of: int) -> int:
    """Rows appended in commits of ``of`` rows; how many of them are poison."""
    log, poisoned = context.store.log, 0
    begin = log.position(7, DATASET) + 1
    for first in range(begin, begin + count, of):
        numbers = range(first, min(first + of, begin + count))
        is_poison = [rng.random() < poison for _ in numbers]
        poisoned += sum(is_poison)
        log.append([Batch(7, DATASET, _rows(numbers, is_poison))])
    return poisoned


def _rows(numbers: range, is_poison: Sequence[bool]) -> pa.RecordBatch:
    at = [START + timedelta(milliseconds=n) for n in numbers]
    columns: dict[str, Any] = {
        "@timestamp": pa.array(at, pa.timestamp("us", "UTC")),
        "soc.record": pa.array(numbers, pa.int64()),
        "source.ip": pa.array([f"192.0.2.{n % 250}" for n in numbers]),
        "destination.ip": pa.array([f"2001:db8::{n % 60_000:x}" for n in numbers]),
        "destination.port": pa.array([n % 65_536 for n in numbers], pa.int32()),
        "network.bytes": pa.array([n * 40 for n in numbers], pa.int64()),
        STRICT: pa.array(["poison" if bad else "12" for bad in is_poison]),
    }
    return pa.record_batch(columns)


def started(config: Path, *more: str) -> subprocess.Popen[bytes]:
    """``soc store ship`` in a process of its own."""
    command = [sys.executable, "-m", "cli", "--config", str(config), "store", "ship", *more]
    told = config.with_name("ship.log").open("ab")
    with told:
        return subprocess.Popen(command, env=inherited(), stdout=told, stderr=told)


def killed(config: Path, home: Path, after_s: float) -> bool:
    """Kill -9 of a shipper this long after it moved a position; False: it had ended before."""
    known = _state(home)
    process = started(config)
    ends = time.monotonic() + 120
    while process.poll() is None and _state(home) == known and time.monotonic() < ends:
        time.sleep(0.005)
    time.sleep(after_s)
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    code = process.wait(timeout=60)
    assert code in (0, -signal.SIGKILL), config.with_name("ship.log").read_text()[-1_000:]
    return code != 0


def _state(home: Path) -> dict[str, int]:
    """When each position of the shipper was written last."""
    found: dict[str, int] = {}
    for path in (home / "ship").rglob("*.position"):
        try:
            found[str(path)] = path.stat().st_mtime_ns
        except FileNotFoundError:  # replaced meanwhile
            continue
    return found


def shipped_through_a_block(
    context: Context, client: Elasticsearch, namespace: str, config: Path, for_s: float
) -> int:
    """How a shipper ended whose write index refused everything for so long after it was met."""
    index = backing(client, stream(DATASET, namespace))[-1]
    block(client, index, True)
    process = started(config)
    try:
        ends = time.monotonic() + 120
        while status(context)["state"] != "blocked" and time.monotonic() < ends:
            time.sleep(0.1)
        assert status(context)["state"] == "blocked", status(context)
        time.sleep(for_s)
        assert process.poll() is None, "it did not wait"
    finally:
        block(client, index, False)
    return process.wait(timeout=600)


def block(client: Elasticsearch, index: str, is_on: bool) -> None:
    """The block that a full disk puts on an index, put on or taken off."""
    settings = {"index.blocks.read_only_allow_delete": True if is_on else None}
    client.indices.put_settings(index=index, settings=settings)

"""What a cluster says about itself: on the real server, and on one that says what it is told."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from soc.config import ElasticsearchSettings
from soc.errors import StoreError
from soc.store import _elastic_health as health
from soc.store._elastic_client import connect
from soc.store._elastic_health import Disk, Rights, Wanted
from tests.elastic import shipped
from tests.elastic.told import Said, told

NOW = datetime(2026, 3, 18, 1, tzinfo=UTC)
GIB = 1 << 30
HEALTH = {
    "number_of_data_nodes": 2,
    "active_shards": 1700,
    "initializing_shards": 5,
    "unassigned_shards": 95,
}
WATERMARK = "cluster.routing.allocation.disk.watermark"
SETTINGS = {
    "persistent": {f"{WATERMARK}.low": "80%"},
    "transient": {},
    "defaults": {
        "cluster.max_shards_per_node": "1000",
        f"{WATERMARK}.low": "85%",
        f"{WATERMARK}.flood_stage": "95%",
        f"{WATERMARK}.flood_stage.max_headroom": "100GB",
    },
}


def node(name: str, free: int, *roles: str, ahead_s: float = 0) -> dict[str, Any]:
    """What the statistics of a node say; its disk has 100 GiB."""
    at = NOW + timedelta(seconds=ahead_s)
    total = {"total_in_bytes": 100 * GIB, "available_in_bytes": free * GIB}
    return {
        "name": name,
        "roles": roles or ("data_hot", "ingest"),
        "timestamp": int(at.timestamp() * 1000),
        "fs": {"total": total},
    }


def nodes(*found: dict[str, Any]) -> dict[str, Said]:
    return {"/_nodes/stats": Said({"nodes": {one["name"]: one for one in found}})}


def ask(answers: dict[str, Said], question: Any, *more: Any) -> Any:
    """The answer to a question to a server that says so."""
    with told(answers) as server:
        settings = ElasticsearchSettings(hosts=(server.url,))
        with closing(connect(settings, {})) as client:
            return question(client, *more)


def test_the_real_server_tells_its_clock_shards_and_disks() -> None:
    client = shipped.client()

    count, limit = health.shards(client)
    (disk,) = health.disks(client)

    assert abs(health.skew_s(client, lambda: datetime.now(UTC))) < 60
    assert 0 < count < limit == 20_000
    assert 0 < disk.free < disk.total
    assert (disk.low, disk.flood) == (None, None)  # the tests' server watches no disk


def test_a_server_without_security_says_so() -> None:
    assert health.rights(shipped.client(), Wanted({"": ("monitor",)}, {})) is None


@pytest.mark.parametrize("ahead_s", [3600.0, -3600.0])
def test_the_clock_that_is_furthest_off_counts(ahead_s: float) -> None:
    answers = nodes(node("a", 50, ahead_s=1), node("b", 50, ahead_s=ahead_s))

    assert ask(answers, health.skew_s, lambda: NOW) == pytest.approx(ahead_s)


def test_copies_without_a_place_count_against_the_limit() -> None:
    answers = {"/_cluster/health": Said(HEALTH), "/_cluster/settings": Said(SETTINGS)}

    assert ask(answers, health.shards) == (1800, 2000)


def test_a_disk_has_the_watermarks_that_are_in_force() -> None:
    answers = {
        **nodes(node("a", 15), node("m", 1, "master")),
        "/_cluster/settings": Said(SETTINGS),
    }

    (disk,) = ask(answers, health.disks)

    low, flood = int(100 * GIB * (1 - 0.8)), int(100 * GIB * (1 - 0.95))
    assert disk == Disk("a", 100 * GIB, 15 * GIB, low, flood)


def test_what_a_key_lacks_and_has_too_much_is_told() -> None:
    wanted = Wanted(
        {"": ("monitor",), "soc-marks-x": ("read", "index")},
        {"": ("manage_security",), "logs-soc.*": ("delete", "read")},
    )
    held = {
        "cluster": {"monitor": True, "manage_security": False},
        "index": {
            "soc-marks-x": {"read": True, "index": False},
            "logs-soc.*": {"delete": True, "read": False},
        },
    }

    found = ask({"/_security/user/_has_privileges": Said(held)}, health.rights, wanted)

    assert found == Rights(("index (soc-marks-x)",), ("delete (logs-soc.*)",))


def test_a_refusal_is_no_answer() -> None:
    refused = {"/_cluster/health": Said({"error": {"type": "x", "reason": "not you"}}, 403)}

    with pytest.raises(StoreError, match="403: x: not you"):
        ask(refused, health.shards)

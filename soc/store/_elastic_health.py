"""What a cluster says about itself, for ``soc doctor``: each question is asked by itself.

So one thing that the key may not ask hides no other. Nothing is changed and no event is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from soc.errors import StoreError
from soc.store._elastic_client import translated
from soc.store._elastic_watermarks import room

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

PLACE = "elasticsearch"
_SHARDS = "cluster.max_shards_per_node"
_DISK = "cluster.routing.allocation.disk."
_NOT_THERE = ("no handler found", "security must be explicitly enabled")


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk of a node that holds data; bytes."""

    node: str
    total: int
    free: int
    low: int | None  # free bytes below which it gets no new shard; None: nothing is watched
    flood: int | None  # free bytes below which the cluster takes no more writes to it


@dataclass(frozen=True, slots=True)
class Rights:
    """What our key may do, of what was asked."""

    missing: tuple[str, ...]  # each as "privilege on name", or the name of a cluster's privilege
    excess: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Privileges by the pattern of names that they are for; under ``""`` those on the cluster."""

    needed: Mapping[str, tuple[str, ...]]
    refused: Mapping[str, tuple[str, ...]]  # what a key for this work should not have


def skew_s(client: Elasticsearch, now: Callable[[], datetime]) -> float:
    """How far the clocks of the nodes are ahead of ours at most, seconds; negative: behind.

    Raises:
        StoreError: it cannot be asked; StoreUnavailable where a repetition may help.
    """
    before = now()
    with translated(PLACE):
        answer = client.nodes.stats(metric="fs", filter_path="nodes.*.timestamp")
    middle = (before.timestamp() + now().timestamp()) / 2
    told = [float(node["timestamp"]) / 1000 - middle for node in _nodes(answer)]
    return max(told, key=abs)


def shards(client: Elasticsearch) -> tuple[int, int]:
    """Shards that are open, copies included, and how many there may be.

    Raises:
        StoreError: it cannot be asked; StoreUnavailable where a repetition may help.
    """
    with translated(PLACE):
        health = client.cluster.health()
    count = health["active_shards"] + health["initializing_shards"] + health["unassigned_shards"]
    limit = int(_settings(client)[_SHARDS]) * int(health["number_of_data_nodes"])
    return int(count), limit


def disks(client: Elasticsearch) -> list[Disk]:
    """The disk of every node that holds data, with its watermarks as free bytes.

    Raises:
        StoreError: it cannot be asked; StoreUnavailable where a repetition may help.
    """
    settings = _settings(client)
    is_watched = settings.get(f"{_DISK}threshold_enabled", "true") == "true"
    names = "nodes.*.name,nodes.*.roles,nodes.*.fs.total"
    with translated(PLACE):
        answer = client.nodes.stats(metric="fs", filter_path=names)
    return [
        _disk(node, settings if is_watched else None)
        for node in _nodes(answer)
        if any(role.startswith("data") for role in node["roles"])
    ]


def _disk(node: Mapping[str, Any], settings: Mapping[str, str] | None) -> Disk:
    total = int(node["fs"]["total"]["total_in_bytes"])
    free = int(node["fs"]["total"]["available_in_bytes"])
    marks = [
        None if settings is None else _mark(settings, n, total) for n in ("low", "flood_stage")
    ]
    return Disk(str(node["name"]), total, free, *marks)


def _mark(settings: Mapping[str, str], name: str, total: int) -> int:
    key = f"{_DISK}watermark.{name}"
    return room(settings[key], settings.get(f"{key}.max_headroom", "-1"), total)


def rights(client: Elasticsearch, wanted: Wanted) -> Rights | None:
    """What our key lacks and what it has too much; None where the server's security is off.

    Raises:
        StoreError: it cannot be asked; StoreUnavailable where a repetition may help.
    """
    asked = _merged(wanted)
    index = [{"names": [n], "privileges": [*p]} for n, p in asked.items() if n]
    try:
        with translated(PLACE):
            said = client.security.has_privileges(cluster=[*asked.get("", ())], index=index)
    except StoreError as error:
        if any(words in str(error).lower() for words in _NOT_THERE):
            return None
        raise
    held = {"": said["cluster"], **said["index"]}
    missing = [_named(p, n) for n, p in _pairs(wanted.needed) if not held[n][p]]
    excess = [_named(p, n) for n, p in _pairs(wanted.refused) if held[n][p]]
    return Rights(tuple(missing), tuple(excess))


def _merged(wanted: Wanted) -> dict[str, tuple[str, ...]]:
    names = {**wanted.needed, **wanted.refused}
    return {name: (*wanted.needed.get(name, ()), *wanted.refused.get(name, ())) for name in names}


def _pairs(privileges: Mapping[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(name, privilege) for name, held in privileges.items() for privilege in held]


def _named(privilege: str, name: str) -> str:
    return f"{privilege} ({name})" if name else privilege


def _nodes(answer: Any) -> list[Mapping[str, Any]]:
    found = list(answer.get("nodes", {}).values())
    if not found:
        raise StoreError(f"{PLACE}: names no nodes: see its own log")
    return found


def _settings(client: Elasticsearch) -> dict[str, str]:
    """Settings of the cluster as they are in force, by dotted name."""
    with translated(PLACE):
        held = client.cluster.get_settings(include_defaults=True, flat_settings=True)
    return {**held.get("defaults", {}), **held["persistent"], **held["transient"]}

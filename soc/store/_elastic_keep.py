"""What is old is deleted, where the server has no lifecycle of its own.

A backing index goes as a whole, once its newest row was appended before the time; the one that
is written to stays, so each stream is rolled over once a day or when it has grown large.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import elasticsearch

from soc._columns import INGESTED
from soc.store._elastic_client import translated
from soc.store._elastic_names import stream
from soc.store._elastic_where import instant

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

ROLLOVER = {"max_age": "1d", "max_primary_shard_size": "50gb"}


def rolled_over(client: Elasticsearch, namespace: str, dataset: str, **conditions: Any) -> bool:
    """True where the stream has a new backing index; it was old or large enough.

    Raises:
        StoreError: the server refuses; StoreUnavailable where a repetition may help.
    """
    name = stream(dataset, namespace)
    with translated(name):
        if not backing(client, name):
            return False
        answer = client.indices.rollover(alias=name, conditions=conditions or ROLLOVER)
    return bool(answer["rolled_over"])


def backing(client: Elasticsearch, name: str) -> list[str]:
    """The backing indices of a stream, oldest first; the last is written to."""
    with translated(name):
        found = client.indices.get(
            index=f".ds-{name}-*",
            expand_wildcards="all",
            allow_no_indices=True,
            features="settings",
            filter_path="*.settings.index.creation_date",
        )
    return sorted(found, key=lambda index: index.rpartition("-")[2])


def retain(client: Elasticsearch, namespace: str, dataset: str, before: datetime) -> int:
    """Rows that went with backing indices all of whose rows were appended before the time.

    Raises:
        StoreError: the server refuses; StoreUnavailable where a repetition may help.
    """
    name = stream(dataset, namespace)
    return sum(_dropped(client, index) for index in _old(client, name, before))


def _old(client: Elasticsearch, name: str, before: datetime) -> Iterator[str]:
    for index in backing(client, name)[:-1]:
        with translated(index):
            newer = {"range": {INGESTED: {"gte": instant(before)}}}
            found = client.search(index=index, query=newer, size=0, terminate_after=1)
        if not found["hits"]["total"]["value"]:
            yield index


def _dropped(client: Elasticsearch, index: str) -> int:
    with translated(index):
        rows = int(client.count(index=index)["count"])
        try:
            client.indices.delete(index=index)
        except elasticsearch.NotFoundError:  # somebody else was first
            return 0
    return rows

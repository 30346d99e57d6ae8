"""Rows on the real server, in the form in which they are shipped, and an engine that sees them.

All tests share the data streams of one namespace: each has a host name of its own.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import count
from typing import Any

from elasticsearch import Elasticsearch

from soc.config import ElasticsearchSettings
from soc.store import Records
from soc.store import _elastic_setup as setup
from soc.store._elastic_client import connect, probe
from soc.store._elastic_document import document, identifier
from soc.store._elastic_marks import publish
from soc.store._elastic_names import stream
from soc.store.elastic import ElasticEngine
from tests import elastic_server

NAMESPACE = "tests"
_NUMBER = count()
_RUN = secrets.token_hex(3)  # a server may outlive a run, and numbers of processes come again


def settings(namespace: str = NAMESPACE) -> ElasticsearchSettings:
    """The settings of the shared server; skips where there is none."""
    return ElasticsearchSettings(hosts=(elastic_server.shared().url,), namespace=namespace)


@cache
def _client(url: str) -> Elasticsearch:
    client = connect(ElasticsearchSettings(hosts=(url,)), {})
    wanted = setup.chosen(client, probe(client), NAMESPACE, 180)
    setup.apply(client, setup.differences(client, wanted), NAMESPACE)
    return client


def client() -> Elasticsearch:
    """A client of the shared server, with templates set up; skips where there is none."""
    return _client(elastic_server.shared().url)


def host() -> str:
    """A host name that no other test has."""
    return f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{_RUN}-{next(_NUMBER)}"


def ship(
    dataset: str,
    commits: Sequence[Sequence[Mapping[str, Any]]],
    origin: str | None = None,
    namespace: str = NAMESPACE,
    first: int = 0,
) -> str:
    """The rows of each commit on the server, refreshed and published; the host they came from.

    ``first`` is the version of the first commit.
    """
    origin = origin or host()
    put(dataset, commits, origin, namespace, first)
    publish(client(), namespace, dataset, origin, first + len(commits) - 1)
    return origin


def put(
    dataset: str,
    commits: Sequence[Sequence[Mapping[str, Any]]],
    origin: str,
    namespace: str = NAMESPACE,
    first: int = 0,
) -> None:
    """The rows of each commit on the server, refreshed; no reader may read them yet."""
    operations: list[Mapping[str, Any]] = []
    for version, rows in enumerate(commits, first):
        for row in rows:
            operations.append({"create": {"_id": identifier(row, origin)}})
            operations.append(document(row, dataset, origin, version))
    if operations:
        name = stream(dataset, namespace)
        answer = client().bulk(index=name, operations=operations, refresh=True)
        said = [item["create"] for item in answer["items"]]
        assert not [one for one in said if one["status"] not in (201, 409)]  # 409: there already


def engine(records: Records, origins: frozenset[str] | None) -> ElasticEngine:
    """An engine that sees the rows of these hosts."""
    return ElasticEngine(client(), records, NAMESPACE, origins)

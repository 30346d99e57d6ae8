"""Records on the real server: a namespace of its own for each test, gone when it ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from elasticsearch import Elasticsearch

from soc.audit import Audit
from soc.store import _elastic_setup as setup
from soc.store._elastic_client import connect
from soc.store._elastic_names import history, records, state
from soc.store._elastic_record_mappings import bodies
from soc.store._elastic_templates import Part
from soc.store.elastic_records import ElasticRecords
from tests.conftest import SetClock
from tests.elastic import shipped

_NUMBER = count()


def client() -> Elasticsearch:
    """A client of one's own; skips where there is no server."""
    return connect(shipped.settings(), {})


@contextmanager
def bare_namespace() -> Iterator[str]:
    """A namespace where nothing stands yet; indices of records that came are gone at the end."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"records_{worker}_{os.getpid()}_{next(_NUMBER)}"
    try:
        yield name
    finally:
        aliases = (records(name), history(name), state(name))
        with client() as link:
            link.indices.delete(
                index=[f"{alias}-000001" for alias in aliases], ignore_unavailable=True
            )


@contextmanager
def namespace() -> Iterator[str]:
    """A namespace with the indices of records, until the end of the block."""
    with bare_namespace() as name:
        parts = [Part("alias", alias, body) for alias, body in bodies(name, 0).items()]
        with client() as link:
            setup.apply(link, [setup.Difference(part, "new") for part in parts], name)
        yield name


def opened(
    name: str, audit: Audit, clock: SetClock, host: str = "jump1", **values: Any
) -> ElasticRecords:
    """A store on a namespace, as one host opens it."""
    return ElasticRecords(client(), name, audit, host, clock, **values)

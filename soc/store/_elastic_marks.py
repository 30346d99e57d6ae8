"""How far the log of each host was shipped, decided and refreshed: published for readers.

One document a dataset in the index of marks; each host writes under its own name. It is read by
its id, so a reader sees what was published, refreshed or not.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

import elasticsearch

from soc.errors import Conflict
from soc.store._elastic_client import translated
from soc.store._elastic_names import marks

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from soc.query import Marks

_HELD = "upto"
_PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 1.6, 1.6, 1.6, 0.0)


def published(client: Elasticsearch, namespace: str, dataset: str) -> Marks:
    """Highest readable version of each host; empty where nothing was ever published.

    Raises:
        StoreError: the server refuses; StoreUnavailable where a repetition may help.
    """
    with translated(f"marks of {dataset}"):
        try:
            answer = client.get(index=marks(namespace), id=dataset)
        except elasticsearch.NotFoundError:
            return {}
    held: dict[str, int] = answer["_source"][_HELD]
    return dict(held)


def publish(client: Elasticsearch, namespace: str, dataset: str, origin: str, version: int) -> None:
    """Readers may read this host's rows up to and with the version; never less than before.

    The caller has refreshed the stream. Hosts that publish at the same time do not touch each
    other's marks.

    Raises:
        StoreError: the server refuses; StoreUnavailable where a repetition may help.
    """
    with translated(f"marks of {dataset}"):
        for pause_s in _PAUSES_S:
            if _published(client, marks(namespace), dataset, {origin: version}):
                return
            time.sleep(random.uniform(0, pause_s))  # noqa: S311
    raise Conflict(f"marks of {dataset}: many hosts publish at once: it is tried again")


def _published(client: Elasticsearch, index: str, dataset: str, mark: Marks) -> bool:
    """False where another host published in between."""
    try:
        held = client.get(index=index, id=dataset)
    except elasticsearch.NotFoundError:
        state: dict[str, Any] = {"op_type": "create"}
        upto: Marks = {}
    else:
        state = {"if_seq_no": held["_seq_no"], "if_primary_term": held["_primary_term"]}
        upto = held["_source"][_HELD]
    if all(version <= upto.get(origin, -1) for origin, version in mark.items()):
        return True
    try:
        client.index(index=index, id=dataset, document={_HELD: {**upto, **mark}}, **state)
    except elasticsearch.ConflictError:
        return False
    return True

"""How far the log of each host was shipped, decided and refreshed: published for readers.

One document a dataset in the index of marks; each host writes under its own name. It is read by
its id, so a reader sees what was published, refreshed or not.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import elasticsearch

from soc.errors import Conflict
from soc.store._elastic_client import translated
from soc.store._elastic_names import marks

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from soc.query import Marks

Held = dict[str, Any]
_HELD = "upto"
_BEGUN = "begun"  # hosts that ship the dataset, also before anything is published
_PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 1.6, 1.6, 1.6, 0.0)


def published(client: Elasticsearch, namespace: str, dataset: str) -> Marks:
    """Highest readable version of each host; empty where nothing was ever published.

    Raises:
        StoreError: the server refuses; StoreUnavailable where a repetition may help.
    """
    with translated(f"marks of {dataset}"):
        held, _ = _read(client, marks(namespace), dataset)
    return dict(held.get(_HELD, {}))


def publish(client: Elasticsearch, namespace: str, dataset: str, origin: str, version: int) -> None:
    """Readers may read this host's rows up to and with the version; never less than before.

    The caller has refreshed the stream. Hosts that publish at the same time do not touch each
    other's marks.

    Raises:
        StoreError: the server refuses; StoreUnavailable where a repetition may help.
    """

    def raised(held: Held) -> Held | None:
        upto = held.get(_HELD, {})
        if version <= upto.get(origin, -1):
            return None
        return {**held, _HELD: {**upto, origin: version}}

    _change(client, namespace, dataset, raised)


def begin(client: Elasticsearch, namespace: str, dataset: str, origin: str) -> bool:
    """It stands on the server that this host ships the dataset; True where it did before.

    Raises:
        StoreError: the server refuses; StoreUnavailable where a repetition may help.
    """

    def begun(held: Held) -> Held | None:
        known = held.get(_BEGUN, [])
        if origin in known or origin in held.get(_HELD, {}):
            return None
        return {_HELD: {}, **held, _BEGUN: [*known, origin]}

    return not _change(client, namespace, dataset, begun)


def _change(
    client: Elasticsearch, namespace: str, dataset: str, change: Callable[[Held], Held | None]
) -> bool:
    """The document of a dataset changed, whoever else changes it; False: nothing to change."""
    index = marks(namespace)
    with translated(f"marks of {dataset}"):
        for pause_s in _PAUSES_S:
            held, state = _read(client, index, dataset)
            changed = change(held)
            if changed is None:
                return False
            try:
                client.index(index=index, id=dataset, document=changed, **state)
            except elasticsearch.ConflictError:  # another host was first
                time.sleep(random.uniform(0, pause_s))  # noqa: S311
            else:
                return True
    raise Conflict(f"marks of {dataset}: many hosts publish at once: it is tried again")


def _read(client: Elasticsearch, index: str, dataset: str) -> tuple[Held, dict[str, Any]]:
    """The document, and by what it is replaced only as it was read."""
    try:
        found = client.get(index=index, id=dataset)
    except elasticsearch.NotFoundError:
        return {}, {"op_type": "create"}
    state = {"if_seq_no": found["_seq_no"], "if_primary_term": found["_primary_term"]}
    return found["_source"], state

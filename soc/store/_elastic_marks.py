"""How far the log of each host was shipped, decided and refreshed: published for readers.

One document a dataset in the index of marks; each host writes under its own name. It is read by
its id, so a reader sees what was published, refreshed or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import elasticsearch

from soc.store._elastic_client import translated
from soc.store._elastic_names import marks

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from soc.query import Marks

_HELD = "upto"


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
    """Readers may read this host's rows up to and with the version.

    The caller has refreshed the stream; versions of one host only grow, by one writer.

    Raises:
        StoreError: the server refuses; StoreUnavailable where a repetition may help.
    """
    with translated(f"marks of {dataset}"):
        client.update(
            index=marks(namespace),
            id=dataset,
            doc={_HELD: {origin: version}},
            doc_as_upsert=True,
            retry_on_conflict=10,
        )

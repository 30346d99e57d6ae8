"""Searches read to the end: a point in time, page by page, never in part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import elasticsearch

from soc.errors import StoreUnavailable
from soc.store._elastic_client import translated

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

Body = Mapping[str, Any]

PAGE = 5_000  # hits or groups of one answer
KEPT = "2m"  # how long the server keeps a point in time after the last page
OPENED = 16  # tries more, some twenty seconds: no shard of a new backing index answers at first


class Pages:
    """One stream as it is now; every page sees the same documents."""

    def __init__(self, client: Elasticsearch, stream: str, point: str | None) -> None:
        self._client = client
        self._stream = stream
        self._point = point  # None: the stream was never written to

    def search(self, **body: Any) -> Mapping[str, Any]:
        """One answer, of all shards.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        if self._point is None:
            return {}
        with translated(self._stream):
            answer = self._client.search(
                pit={"id": self._point, "keep_alive": KEPT},
                allow_partial_search_results=False,
                track_total_hits=False,
                **body,
            ).body
        if answer.get("timed_out"):
            raise StoreUnavailable(f"{self._stream}: the search timed out: ask less at once")
        self._point = answer.get("pit_id", self._point)
        found: Mapping[str, Any] = answer
        return found

    def hits(self, body: Body, wanted: int | None = None) -> Iterator[list[Body]]:
        """Pages of hits, in the order of the sort; ``wanted``: no more will be read, or few."""
        size = PAGE if wanted is None else min(PAGE, wanted + 10)
        more: dict[str, Any] = {}
        while True:
            answer = self.search(**body, **more, size=size)
            hits = answer.get("hits", {}).get("hits", [])
            if hits:
                yield hits
            if len(hits) < size:
                return
            more = {"search_after": hits[-1]["sort"]}

    def has(self, query: Body) -> bool:
        """True where something matches."""
        answer = self.search(query=query, size=1, _source=False)
        return bool(answer.get("hits", {}).get("hits"))

    def groups(
        self, query: Body, sources: Sequence[Body], measures: Body
    ) -> Iterator[Mapping[str, Any]]:
        """The buckets of a composite aggregation."""
        composite: dict[str, Any] = {"size": PAGE, "sources": list(sources)}
        inner = {"aggs": measures} if measures else {}
        while True:
            aggs = {"groups": {"composite": composite, **inner}}
            answer = self.search(query=query, aggs=aggs, size=0)
            found = answer.get("aggregations", {}).get("groups", {})
            yield from found.get("buckets", [])
            if "after_key" not in found:
                return
            composite["after"] = found["after_key"]


@contextmanager
def pages(client: Elasticsearch, stream: str) -> Iterator[Pages]:
    """The stream as it is now, until the end of the block.

    Raises:
        StoreError: the server refuses; StoreUnavailable where a repetition may help.
    """
    point = _opened(client, stream)
    found = Pages(client, stream, point)
    try:
        yield found
    finally:
        if found._point is not None:
            _closed(client, found._point)


def _opened(client: Elasticsearch, stream: str) -> str | None:
    """None where there is no such stream; a shard that a rollover has just made is waited for."""
    patient = client.options(max_retries=OPENED)
    with translated(stream):
        try:
            return str(patient.open_point_in_time(index=stream, keep_alive=KEPT)["id"])
        except elasticsearch.NotFoundError:
            return None


def _closed(client: Elasticsearch, point: str) -> None:
    """It ends by itself too: that it cannot be closed is no failure."""
    try:
        client.close_point_in_time(id=point)
    except (elasticsearch.ApiError, elasticsearch.TransportError):
        return

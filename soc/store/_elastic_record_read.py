"""Asking for records: as they are now, as they were, and as they came to be.

What is read is one moment: nothing was committed while it was read, and all that had been was
in its place and searchable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from soc.store._elastic_client import translated
from soc.store._elastic_names import history, records, state
from soc.store._elastic_pages import pages
from soc.store._elastic_record_document import (
    Document,
    asked,
    change_place,
    marks_of,
    micros,
    place,
)
from soc.store._elastic_record_plan import fetched
from soc.store._elastic_record_settle import Settler, is_moment
from soc.store.records import Terms

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

Hit = Mapping[str, Any]
FIRST = 500  # more than that are read by a point in time


class Reader:
    """Reads the records of one namespace."""

    def __init__(self, client: Elasticsearch, namespace: str, settler: Settler) -> None:
        self._client = client
        self._records, self._history = records(namespace), history(namespace)
        self._state = state(namespace)
        self._settler = settler

    def get(self, kind: str, id: str, at: datetime | None) -> Document | None:
        """The document that stands, or that stood at a time.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        spot = place(kind, id)
        seq = self._settler.settled().head.seq
        (found,) = fetched(self._client, [{"_index": self._records, "_id": spot}])
        if not found["found"]:
            return None
        document: Document = found["_source"]
        if at is None or document["at"] <= micros(at):
            return document
        return next(self._then(kind, [id], micros(at), seq), None)

    def find(
        self, kind: str, terms: Terms | None, at: datetime | None, wanted: int | None
    ) -> Iterator[Document]:
        """Documents of a kind by id that may match: never fewer than do.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        if terms == ():
            return
        query = asked(kind, terms, is_past=at is not None)
        limit = wanted if at is None else None
        for seq, page in self._pages(self._records, query, ["id"], limit):
            yield from page if at is None else self._as_of(kind, page, micros(at), seq)

    def history(self, kind: str, id: str) -> Iterator[Document]:
        """Every revision of a record, oldest first.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        place(kind, id)
        query = _every({"term": {"kind": kind}}, {"term": {"id": id}})
        for _, page in self._pages(self._history, query, ["revision"]):
            yield from page

    def revisions(self) -> Iterator[Document]:
        """Every revision of every record, by kind, id and revision.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        for _, page in self._pages(self._history, {"match_all": {}}, ["kind", "id", "revision"]):
            yield from page

    def marks(self) -> dict[str, dict[str, int]]:
        """How far each reader has concluded.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        named = {"exists": {"field": "reader"}}
        pages = self._pages(self._state, named, ["reader"])
        return {found["reader"]: marks_of(found) for _, page in pages for found in page}

    def changed(self, host: str, after: int) -> Iterator[tuple[Document, bytes | None]]:
        """What a host changed above a number, in order, with the document that it replaced.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        query = _every({"term": {"host": host}}, {"range": {"seq": {"gt": after}}})
        for _, page in self._pages(self._history, query, ["seq"]):
            ids = {change_place(d["previous"]) for d in page if d["previous"] is not None}
            wanted = [{"_index": self._history, "_id": id} for id in sorted(ids)]
            replaced = {f["_id"]: f["_source"] for f in fetched(self._client, wanted)}
            for document in page:
                was = replaced.get(change_place(document["previous"] or ""))
                yield document, was["document"].encode() if was else None

    def _as_of(self, kind: str, page: Sequence[Document], at: int, seq: int) -> Iterator[Document]:
        """Of each record the last revision that was made by then; in the order of the page."""
        later = [document["id"] for document in page if document["at"] > at]
        then = {document["id"]: document for document in self._then(kind, later, at, seq)}
        for document in page:
            found = document if document["at"] <= at else then.get(document["id"])
            if found is not None:
                yield found

    def _then(self, kind: str, ids: Sequence[str], at: int, seq: int) -> Iterator[Document]:
        """Of each record its last revision made by then, among the first ``seq`` changes."""
        if not ids:
            return
        named = {"terms": {"id": list(ids)}}
        with translated(self._history):
            answer = self._client.search(
                index=self._history,
                query=_every({"term": {"kind": kind}}, named, _upto("at", at), _upto("seq", seq)),
                collapse={"field": "id"},
                sort=[{"id": "asc"}, {"revision": "desc"}],
                size=len(ids),
                allow_partial_search_results=False,
            )
        yield from (hit["_source"] for hit in answer["hits"]["hits"])

    def _pages(
        self, index: str, query: Document, order: Sequence[str], wanted: int | None = None
    ) -> Iterator[tuple[int, list[Document]]]:
        """Pages of documents of one moment, each with the number of the last change by then."""
        body = {"query": query, "sort": [{name: "asc"} for name in order]}
        while True:
            head = self._settler.settled().head
            hits = self._first(index, body, FIRST if wanted is None else min(FIRST, wanted))
            if len(hits) < FIRST or len(hits) == wanted:
                if is_moment(head, self._settler.heads.read().head):
                    yield head.seq, _sources(hits)
                    return
                continue
            with pages(self._client, index) as found:
                if is_moment(head, self._settler.heads.read().head):
                    for more in found.hits(body, wanted):
                        yield head.seq, _sources(more)
                    return

    def _first(self, index: str, body: Document, size: int) -> list[Hit]:
        with translated(index):
            answer = self._client.search(
                index=index, **body, size=size, allow_partial_search_results=False
            )
        hits: list[Hit] = answer["hits"]["hits"]
        return hits


def _every(*clauses: Document) -> Document:
    return {"bool": {"filter": list(clauses)}}


def _upto(field: str, most: int) -> Document:
    return {"range": {field: {"lte": most}}}


def _sources(hits: Sequence[Hit]) -> list[Document]:
    return [hit["_source"] for hit in hits]

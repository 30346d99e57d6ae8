"""Checking changes against what stands, and preparing them: nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from soc.errors import ScopeError, StoreError
from soc.records import Record
from soc.store import Change
from soc.store._elastic_client import reason, translated
from soc.store._elastic_names import history, records
from soc.store._elastic_record_document import (
    Document,
    change_place,
    place,
    prepared,
    record,
)
from soc.store.records import Stored, accepted

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

Refuse = Callable[[Record, ScopeError], None]


class Planner:
    """Prepares the changes of one set, in their order; later ones see the earlier.

    What the set touched is remembered until it ends: about 2 KB a record.
    """

    def __init__(self, client: Elasticsearch, namespace: str, host: str, refuse: Refuse) -> None:
        """``refuse`` is told what a two-person rule is against."""
        self._client = client
        self._records, self._history = records(namespace), history(namespace)
        self._host = host
        self._refuse = refuse
        self._touched: dict[str, Document | None] = {}
        self._seen: set[str] = set()

    def prepare(self, changes: Sequence[Change], seq: int) -> list[Document]:
        """The changes that were not applied yet, numbered after ``seq``.

        Raises:
            Conflict: a stored revision is not the expected one.
            StoreError: it is not a record that may be stored, or the server refuses.
            ScopeError: a two-person rule is against it.
        """
        self._look_up(changes)
        found: list[Document] = []
        for change in changes:
            if change_place(change.id) not in self._seen:
                found.append(self._prepared(change, seq + len(found) + 1))
        return found

    def _prepared(self, change: Change, seq: int) -> Document:
        spot = place(change.record.kind, change.record.id)
        standing = self._touched[spot]
        before = record(standing) if standing is not None else None
        try:
            after, document = accepted(change, before, self._host)
        except ScopeError as error:
            self._refuse(change.record, error)
            raise
        stored = Stored(after.kind, after.id, after.revision, change.id, document)
        self._touched[spot] = prepared(stored, after, standing, seq, self._host)
        self._seen.add(change_place(change.id))
        return self._touched[spot] or {}

    def _look_up(self, changes: Sequence[Change]) -> None:
        """What stands where the changes go, and which of them were applied before."""
        places = {place(c.record.kind, c.record.id) for c in changes} - self._touched.keys()
        ids = {change_place(change.id) for change in changes} - self._seen
        wanted: list[dict[str, Any]] = [
            {"_index": self._records, "_id": spot} for spot in sorted(places)
        ]
        wanted += [{"_index": self._history, "_id": id, "_source": False} for id in sorted(ids)]
        for found in fetched(self._client, wanted):
            if found["_id"] in places:
                self._touched[found["_id"]] = found.get("_source")
            elif found["found"]:
                self._seen.add(found["_id"])


def fetched(client: Elasticsearch, wanted: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Documents as they are now, in the order asked for, each with whether it is there.

    Raises:
        StoreError: the server refuses; StoreUnavailable where a repetition may help.
    """
    docs = list(wanted)
    if not docs:
        return []
    with translated("records"):
        found: list[Mapping[str, Any]] = client.mget(docs=docs)["docs"]
    for document in found:
        if "error" in document:
            raise StoreError(f"records: {reason(document)}: see `soc doctor`")
    return found

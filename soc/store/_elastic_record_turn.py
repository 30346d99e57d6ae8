"""Reading the head and swapping it for the next: one writer wins, whoever they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import elasticsearch

from soc.errors import StoreError
from soc.store._elastic_client import translated
from soc.store._elastic_names import state
from soc.store._elastic_record_head import Head, born, of_document

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

ID = "head"


@dataclass(frozen=True, slots=True)
class Read:
    """The head, and which write of it this is for the server."""

    head: Head
    seq_no: int
    term: int


class Heads:
    """The head of one namespace."""

    def __init__(self, client: Elasticsearch, namespace: str) -> None:
        self._client = client
        self._index = state(namespace)

    def read(self) -> Read:
        """The head as it is now; who asks first makes it, if he may, else reads an empty store.

        Raises:
            StoreError: the indices of the records are not there, or the server refuses.
            StoreUnavailable: a repetition may help.
        """
        with translated(self._index):
            try:
                return _read(self._client.get(index=self._index, id=ID))
            except elasticsearch.NotFoundError as error:
                if "error" in error.body:  # no index; else the index is there and empty
                    raise absent(self._index) from error
            return self._made()

    def _made(self) -> Read:
        head = born()
        try:
            self._client.create(
                index=self._index, id=ID, document=head.document(), require_alias=True
            )
        except elasticsearch.AuthorizationException:
            return Read(head, 0, 1)
        except elasticsearch.ConflictError:  # somebody else was first
            pass
        return _read(self._client.get(index=self._index, id=ID))

    def swap(self, read: Read, head: Head) -> Read | None:
        """The next head, now read; None where somebody else has written another one.

        Whether a write took place that was not answered is seen from the head itself.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        with translated(self._index):
            try:
                answer = self._client.index(
                    index=self._index,
                    id=ID,
                    document=head.document(),
                    if_seq_no=read.seq_no,
                    if_primary_term=read.term,
                    require_alias=True,
                )
            except (elasticsearch.ConflictError, elasticsearch.TransportError):
                there = _read(self._client.get(index=self._index, id=ID))
                return there if there.head.write == head.write else None
        return Read(head, answer["_seq_no"], answer["_primary_term"])


def absent(index: str) -> StoreError:
    """The error where the indices were never made."""
    return StoreError(f"records: {index} is not on the cluster: run `soc store setup`")


def _read(found: Any) -> Read:
    return Read(of_document(found["_source"]), found["_seq_no"], found["_primary_term"])

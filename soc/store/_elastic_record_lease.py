"""Leases: one document each, created or replaced by whoever comes first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import elasticsearch

from soc.errors import Conflict
from soc.store import Lease
from soc.store._elastic_client import translated
from soc.store._elastic_names import state
from soc.store._elastic_record_document import change_place, micros

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

_TRIES = 20


class Leases:
    """The leases of one namespace; the hosts' clocks decide when one ends."""

    def __init__(self, client: Elasticsearch, namespace: str) -> None:
        self._client = client
        self._index = state(namespace)

    def acquire(self, name: str, holder: str, ttl_s: float, now: datetime) -> Lease | None:
        """The lease, new or renewed by its holder; None while somebody else holds it.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        lease = Lease(name, holder, now + timedelta(seconds=ttl_s))
        with translated(self._index):
            for _ in range(_TRIES):
                there = self._read(name)
                if there is not None and not _is_free(there["_source"], holder, now):
                    return None
                if self._written(lease, there):
                    return lease
        raise Conflict(f"lease {name}: many want it at once; try again")

    def release(self, lease: Lease) -> None:
        """Give the lease back; no error if it is lost already.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        with translated(self._index):
            there = self._read(lease.name)
            if there is None or there["_source"]["holder"] != lease.holder:
                return
            try:
                self._client.delete(index=self._index, id=_id(lease.name), **_swap(there))
            except (elasticsearch.NotFoundError, elasticsearch.ConflictError):
                self.release(lease)

    def _read(self, name: str) -> Any:
        try:
            return self._client.get(index=self._index, id=_id(name))
        except elasticsearch.NotFoundError:
            return None

    def _written(self, lease: Lease, there: Any) -> bool:
        """False where somebody was faster."""
        held = {"name": lease.name, "holder": lease.holder, "until": micros(lease.until)}
        fence = {"op_type": "create"} if there is None else _swap(there)
        try:
            self._client.index(
                index=self._index, id=_id(lease.name), document=held, require_alias=True, **fence
            )
        except elasticsearch.ConflictError:
            return False
        return True


def _is_free(held: Any, holder: str, now: datetime) -> bool:
    return bool(held["holder"] == holder or held["until"] <= micros(now))


def _swap(there: Any) -> dict[str, Any]:
    return {"if_seq_no": there["_seq_no"], "if_primary_term": there["_primary_term"]}


def _id(name: str) -> str:
    return f"lease:{change_place(name)}"

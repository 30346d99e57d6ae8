"""Putting prepared changes in their place, and keeping the chunks of a large set until then.

Every step can be repeated, by several at once: a revision is created under the id of its
change, and what stands now is replaced by later revisions only.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import elasticsearch
import orjson

from soc.errors import StoreError, StoreUnavailable
from soc.store._elastic_client import reason, translated
from soc.store._elastic_names import history, records, state
from soc.store._elastic_record_document import (
    change_place,
    current,
    mark_place,
    marks_of,
    place,
    revision,
)
from soc.store._elastic_record_head import Operation

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

_REQUEST_BYTES = 8 << 20
_DONE = frozenset({200, 201, 409})  # 409: it stands there, or a later revision does
_PASSING = frozenset({429, 502, 503, 504})
_TRIES = 6


class Places:
    """Where the records of one namespace stand."""

    def __init__(self, client: Elasticsearch, namespace: str) -> None:
        self._client = client
        self._records, self._history = records(namespace), history(namespace)
        self._state = state(namespace)

    def put(
        self,
        operations: Sequence[Operation],
        marks: Sequence[Operation] = (),
        *,
        refresh: bool,
    ) -> None:
        """Changes and watermarks are in their place; with ``refresh`` all can be searched.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        requests = list(_requests(chain(self._lines(operations), self._marks(marks))))
        for number, lines in enumerate(requests, 1):
            self._sent(lines, refresh=refresh and number == len(requests))

    def _lines(self, operations: Sequence[Operation]) -> Iterator[tuple[bytes, bytes]]:
        last = {place(o["kind"], o["id"]): o for o in operations}
        for operation in operations:
            create = {"_index": self._history, "_id": change_place(operation["change"])}
            yield orjson.dumps({"create": create}), orjson.dumps(revision(operation))
        for id, operation in last.items():
            version = {"version": operation["revision"], "version_type": "external"}
            index = {"_index": self._records, "_id": id, **version}
            yield orjson.dumps({"index": index}), orjson.dumps(current(operation))

    def _marks(self, marks: Sequence[Operation]) -> Iterator[tuple[bytes, bytes]]:
        for mark in marks:
            version = {"version": mark["version"], "version_type": "external"}
            index = {"_index": self._state, "_id": mark_place(mark["reader"]), **version}
            yield orjson.dumps({"index": index}), orjson.dumps(mark)

    def mark(self, reader: str) -> tuple[dict[str, int], int]:
        """How far a reader has concluded, and how often it moved.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        with translated(self._state):
            try:
                found = self._client.get(index=self._state, id=mark_place(reader))["_source"]
            except elasticsearch.NotFoundError:
                return {}, 0
        return marks_of(found), found["version"]

    def _sent(self, lines: Sequence[tuple[bytes, bytes]], *, refresh: bool) -> None:
        left = list(lines)
        for attempt in range(_TRIES):
            # bytes are sent as they are, whatever the client's types say
            body: Any = [line for pair in left for line in pair]
            with translated(self._records):
                answer = self._client.bulk(
                    operations=body,
                    refresh=refresh,
                    require_alias=True,
                    filter_path="items.*.status,items.*.error",
                )
            left = list(_refused(left, answer["items"]))
            if not left:
                return
            time.sleep(0.05 * 2**attempt)
        raise StoreUnavailable(f"{self._records}: the server is too busy: try again")

    def keep(self, name: str, chunk: int, operations: Sequence[Operation]) -> None:
        """Keep a chunk of a set that is not committed yet.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        text = orjson.dumps(list(operations)).decode()
        with translated(self._state):
            self._client.index(
                index=self._state, id=_chunk(name, chunk), document={"chunk": text},
                require_alias=True,
            )  # fmt: skip

    def kept(self, name: str, chunk: int) -> list[Operation] | None:
        """A chunk of a committed set; None where the set is in its place and it was dropped.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        with translated(self._state):
            try:
                found = self._client.get(index=self._state, id=_chunk(name, chunk))
            except elasticsearch.NotFoundError:
                return None
        operations: list[Operation] = orjson.loads(found["_source"]["chunk"])
        return operations

    def drop(self, name: str, chunks: int) -> None:
        """The chunks of a set are not needed any more.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        if chunks:
            gone = [{"delete": {"_id": _chunk(name, number)}} for number in range(chunks)]
            with translated(self._state):
                self._client.bulk(index=self._state, operations=gone)


def _chunk(name: str, number: int) -> str:
    return f"chunk:{name}:{number}"


def _requests(pairs: Iterator[tuple[bytes, bytes]]) -> Iterator[list[tuple[bytes, bytes]]]:
    """The lines, cut into requests that a server takes."""
    lines: list[tuple[bytes, bytes]] = []
    size = 0
    for pair in pairs:
        lines.append(pair)
        size += len(pair[1])
        if size >= _REQUEST_BYTES:
            yield lines
            lines, size = [], 0
    if lines:
        yield lines


def _refused(
    lines: Sequence[tuple[bytes, bytes]], items: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[bytes, bytes]]:
    """What the server was too busy for; what it does not want at all is an error."""
    if len(items) != len(lines):
        raise StoreUnavailable(f"records: {len(lines)} sent, {len(items)} answered: try again")
    for pair, item in zip(lines, items, strict=True):
        (answer,) = item.values()
        if answer["status"] in _PASSING:
            yield pair
        elif answer["status"] not in _DONE:
            raise StoreError(f"records: {answer['status']}: {reason(answer)}: see `soc doctor`")

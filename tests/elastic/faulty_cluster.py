"""What a cluster holds, in memory: documents by backing index, single documents, what is readable.

The rules are those of the real server: an id is unique within a backing index and not beyond,
a search sees what was refreshed, a block refuses each item with 429.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """A document to be created."""

    id: str
    source: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an item is not stored."""

    status: int
    type: str
    reason: str

    @property
    def error(self) -> Answer:
        return {"type": self.type, "reason": self.reason}


BLOCKED = Refusal(429, "cluster_block_exception", "index has read-only-allow-delete block")
BUSY = Refusal(429, "es_rejected_execution_exception", "rejected execution of primary operation")
POISON = Refusal(400, "document_parsing_exception", "failed to parse field [destination.port]")


@dataclass(slots=True)
class Backing:
    """One backing index."""

    name: str
    documents: dict[str, bytes] = field(default_factory=dict)
    readable: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Single:
    """A document that is updated in place."""

    source: Answer
    seq_no: int


class Cluster:
    """Data streams and single documents; safe among threads."""

    def __init__(self) -> None:
        self.refuses: Callable[[Item], Refusal | None] = lambda _: None
        self.is_blocked = False
        self._streams: dict[str, list[Backing]] = {}
        self._singles: dict[str, dict[str, Single]] = {}
        self._mutex = threading.RLock()

    # -- streams -----------------------------------------------------------------------------

    def create(self, stream: str, items: Sequence[Item]) -> list[Answer]:
        """An answer for each item, in order; the stream is made where it is not there."""
        with self._mutex:
            return [self._created(stream, item) for item in items]

    def _created(self, stream: str, item: Item) -> Answer:
        backing = self.backing(stream, make=True)[-1]
        refusal = BLOCKED if self.is_blocked else self.refuses(item)
        if item.id in backing.documents and not self.is_blocked:
            reason = f"[{item.id}]: version conflict, document already exists"
            refusal = Refusal(409, "version_conflict_engine_exception", reason)
        if refusal is not None:
            return refused(item, refusal, backing.name)
        backing.documents[item.id] = item.source
        return {"_index": backing.name, "_id": item.id, "result": "created", "status": 201}

    def backing(self, stream: str, *, make: bool = False) -> list[Backing]:
        """The backing indices of a stream, oldest first."""
        with self._mutex:
            found = self._streams.get(stream, [])
            if make and not found:
                found = self._streams[stream] = [Backing(_named(stream, 1))]
            return found

    def rollover(self, stream: str) -> None:
        """From now on writes go to a new backing index."""
        with self._mutex:
            found = self.backing(stream, make=True)
            found.append(Backing(_named(stream, len(found) + 1)))

    def refresh(self, stream: str) -> None:
        """What was written can be searched."""
        with self._mutex:
            for backing in self.backing(stream):
                backing.readable |= backing.documents.keys()

    def streams(self) -> list[str]:
        return list(self._streams)

    def named(self, index: str) -> Backing | None:
        """The backing index of that name."""
        with self._mutex:
            every = (b for backings in self._streams.values() for b in backings)
            return next((b for b in every if b.name == index), None)

    def ids(self, stream: str) -> Counter[str]:
        """How often each id is stored: once is right."""
        with self._mutex:
            return Counter(i for backing in self.backing(stream) for i in backing.documents)

    def readable(self, stream: str) -> set[str]:
        with self._mutex:
            return {i for backing in self.backing(stream) for i in backing.readable}

    # -- single documents --------------------------------------------------------------------

    def single(self, index: str, name: str) -> Single | None:
        with self._mutex:
            return self._singles.get(index, {}).get(name)

    def has_index(self, index: str) -> bool:
        return index in self._singles

    def update(
        self, index: str, name: str, doc: Answer, expected: int | None, *, is_merged: bool
    ) -> Single | None:
        """The document, or what there is with it merged in; None where it is not as expected."""
        with self._mutex:
            held = self.single(index, name) or Single({}, -1)
            if expected not in (None, held.seq_no):
                return None
            found = Single(_merged(held.source, doc) if is_merged else doc, held.seq_no + 1)
            self._singles.setdefault(index, {})[name] = found
            return found


def refused(item: Item, refusal: Refusal, index: str) -> Answer:
    """What the server says of an item that it did not store."""
    return {"_index": index, "_id": item.id, "status": refusal.status, "error": refusal.error}


def _named(stream: str, generation: int) -> str:
    return f".ds-{stream}-2026.03.18-{generation:06d}"


def _merged(held: Mapping[str, Any], doc: Mapping[str, Any]) -> Answer:
    found = dict(held)
    for key, value in doc.items():
        inner = found.get(key)
        both = isinstance(inner, Mapping) and isinstance(value, Mapping)
        found[key] = _merged(inner, value) if both and inner is not None else value
    return found

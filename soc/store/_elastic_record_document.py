"""A record as documents: the one that stands now, and the one of its revision. Pure.

A prepared change is the document that stands from now on, with what its revision adds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from soc.errors import StoreError
from soc.records import Record
from soc.records._codec import canonical, comparable, decode
from soc.records._registry import kind_of
from soc.store.records import Stored, Terms, terms

Document = dict[str, Any]

LONGEST_ID = 8_191  # characters: the server sorts by it
_LONGEST_TERM = 1_000
_CLAUSE = 30_000  # the server takes 65,536 values in one clause
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REVISION = (
    "kind",
    "id",
    "state",
    "revision",
    "at",
    "seq",
    "host",
    "change",
    "previous",
    "document",
)
_CURRENT = (
    *("kind", "id", "state", "revision", "at", "seq", "change", "document"),
    *("terms", "ever", "terms_of", "ever_of"),
)


def micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def place(kind: str, id: str) -> str:
    """Where the record stands.

    Raises:
        StoreError: the id is no text.
    """
    return _digest(f"{kind}\0{id}")


def change_place(change: str) -> str:
    """Where the revision stands that a change made.

    Raises:
        StoreError: the id of the change is no text.
    """
    return _digest(change)


def _digest(text: str) -> str:
    try:
        return sha256(text.encode()).hexdigest()[:40]
    except UnicodeEncodeError as error:
        raise StoreError(f"records: {text!r} is not text; write it anew") from error


def indexing(kind: str) -> str:
    """What the terms of a kind rest on: other fields, or another form of them, are other terms."""
    found = kind_of(kind)
    return f"{kind}:{found.schema}:{','.join(found.indexed)}"


def prepared(
    stored: Stored, after: Record, before: Mapping[str, Any] | None, seq: int, host: str
) -> Document:
    """A change ready to be put in its place; ``before`` stands there now.

    Raises:
        StoreError: the id is longer than the server can sort by.
    """
    if len(stored.id) > LONGEST_ID:
        raise StoreError(f"{stored.kind} {stored.id[:40]}…: id is longer than {LONGEST_ID}")
    found = sorted(term(*pair) for pair in terms(after))
    ever = set(found) | set(before["ever"] if before else ())
    return {
        "kind": stored.kind,
        "id": stored.id,
        "state": after.state,
        "revision": stored.revision,
        "at": micros(after.at),
        "seq": seq,
        "host": host,
        "change": stored.change,
        "previous": before["change"] if before else None,
        "document": stored.document.decode(),
        "terms": found,
        "ever": sorted(ever),
        "terms_of": indexing(stored.kind),
        "ever_of": before["ever_of"] if before else indexing(stored.kind),
    }


def mark(reader: str, marks: Mapping[str, int], version: int) -> Document:
    """How far a reader has concluded, ready to be put in its place."""
    return {"reader": reader, "marks": canonical(marks).decode(), "version": version}


def marks_of(document: Mapping[str, Any]) -> dict[str, int]:
    """How far the reader has concluded that a document is about."""
    found: dict[str, int] = comparable(document["marks"].encode())
    return found


def mark_place(reader: str) -> str:
    """Where it stands how far a reader has concluded.

    Raises:
        StoreError: the name is no text.
    """
    return f"marks:{_digest(reader)}"


def current(operation: Mapping[str, Any]) -> Document:
    """What stands in the place of the record."""
    return {name: operation[name] for name in _CURRENT}


def revision(operation: Mapping[str, Any]) -> Document:
    """What is kept for ever."""
    return {name: operation[name] for name in _REVISION}


def record(document: Mapping[str, Any]) -> Record:
    """The record that a document holds."""
    return decode(document["kind"], document["document"].encode())


def stored(document: Mapping[str, Any]) -> Stored:
    """The revision that a document of the history holds."""
    return Stored(
        document["kind"],
        document["id"],
        document["revision"],
        document["change"],
        document["document"].encode(),
    )


def term(name: str, text: str) -> str:
    """A field with one of its folded texts, as one key; of a long one the digest."""
    if len(text) <= _LONGEST_TERM:
        return f"{name}={text}"
    return f"{name}#{sha256(text.encode(errors='surrogatepass')).hexdigest()}"


def asked(kind: str, pairs: Terms | None, *, is_past: bool) -> Document:
    """The query for the records that may match: never fewer than do.

    A record whose terms were made of other fields than today's is always among them.
    """
    kinds: Document = {"term": {"kind": kind}}
    if pairs is None:
        return {"bool": {"filter": [kinds]}}
    held, made_of = ("ever", "ever_of") if is_past else ("terms", "terms_of")
    ids = [text for name, text in pairs if name == "id"]
    choices = [*_clauses(held, [term(*pair) for pair in pairs]), *_clauses("id", ids)]
    older = {"bool": {"must_not": {"term": {made_of: indexing(kind)}}}}
    return {"bool": {"filter": [kinds, {"bool": {"should": [*choices, older]}}]}}


def _clauses(field: str, values: Iterable[str]) -> Iterator[Document]:
    every = list(values)
    for first in range(0, len(every), _CLAUSE):
        yield {"terms": {field: every[first : first + _CLAUSE]}}

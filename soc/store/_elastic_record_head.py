"""The head of the records store: the one document by which everything becomes true at once.

A set of changes is prepared first; the head that names it as pending is its commit, together
with the watermark that moves with it. Whoever meets a pending set finishes it: each step can be
repeated. Pure; ``soc.store._elastic_record_turn`` reads and swaps it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson

from soc.errors import StoreError

VERSION = 1  # of the form in which all is stored
Operation = Mapping[str, Any]  # what is put in its place: see soc.store._elastic_record_document


@dataclass(frozen=True, slots=True)
class Turn:
    """A writer that writes alone: its set is larger than one request."""

    name: str  # of its set; its chunks are called so
    host: str
    chunks: int = 0  # that are written, or begun


@dataclass(frozen=True, slots=True)
class Pending:
    """A set that is committed, and not yet in its place: chunks first, then the rest."""

    name: str
    chunks: int = 0
    done: int = 0  # chunks in their place
    rest: tuple[Operation, ...] = ()
    marks: tuple[Operation, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """Where the store is; ``write`` is new at each write of the head."""

    store: str  # its name in the audit logs
    seal: str  # key of the seals there, hexadecimal
    seq: int = 0  # number of the last change
    numbers: Mapping[str, int] = field(default_factory=dict)  # series and year -> last
    turn: Turn | None = None
    pending: Pending | None = None
    write: str = ""

    def renewed(self) -> Head:
        """The same, to be written once more."""
        return replace(self, write=secrets.token_hex(8))

    def taken(self, host: str) -> Head:
        """A turn for one writer begins."""
        return replace(self, turn=Turn(secrets.token_hex(8), host)).renewed()

    def grown(self) -> Head:
        """The writer's next chunk is about to be written."""
        turn = self.turn and replace(self.turn, chunks=self.turn.chunks + 1)
        return replace(self, turn=turn).renewed()

    def committed(
        self,
        rest: tuple[Operation, ...],
        new: int,
        marks: tuple[Operation, ...] = (),
        numbers: Mapping[str, int] | None = None,
    ) -> Head:
        """``new`` changes, watermarks and numbers are true from now on; the turn is over.

        The last changes are in ``rest``, those before them in the chunks of the turn.
        """
        turn = self.turn or Turn(secrets.token_hex(8), "")
        pending = Pending(turn.name, turn.chunks, rest=rest, marks=marks)
        return replace(
            self,
            seq=self.seq + new,
            numbers={**self.numbers, **(numbers or {})},
            turn=None,
            pending=pending if new or marks else None,
        ).renewed()

    def placed(self, chunks: int) -> Head:
        """So many chunks of the pending set are in their place."""
        pending = self.pending and replace(self.pending, done=chunks)
        return replace(self, pending=pending).renewed()

    def settled(self) -> Head:
        """Nothing is pending, and nobody has a turn."""
        return replace(self, pending=None, turn=None).renewed()

    def raised(self, seq: int) -> Head:
        """The numbers up to ``seq`` are not used again."""
        return replace(self, seq=seq).renewed()

    def document(self) -> dict[str, Any]:
        """As stored: one text, which nothing on the server looks into."""
        return {"version": VERSION, "head": orjson.dumps(asdict(self)).decode()}


def born() -> Head:
    """The head of a store that holds nothing."""
    return Head(secrets.token_hex(8), secrets.token_hex(32)).renewed()


def of_document(document: Mapping[str, Any]) -> Head:
    """The head as it was stored.

    Raises:
        StoreError: by another version of this program.
    """
    found = document.get("version")
    if found != VERSION:
        raise StoreError(f"records: stored in form {found}, we know {VERSION}: update the program")
    held: dict[str, Any] = orjson.loads(document["head"])
    turn, pending = held.pop("turn"), held.pop("pending")
    if pending is not None:
        pending |= {name: tuple(pending[name]) for name in ("rest", "marks")}
    return Head(**held, turn=turn and Turn(**turn), pending=pending and Pending(**pending))

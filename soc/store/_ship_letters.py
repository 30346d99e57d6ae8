"""Dead letters: what the server refuses for good, kept as a record and in its original form.

One letter holds the documents of one reason out of one stretch of one version of a log, so a
crash between the file, the record and the position doubles nothing: the same documents make
the same letter again.
"""

from __future__ import annotations

import fcntl
import re
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from soc._columns import RECORD_NUMBER, SOURCE_KEY, VERSION
from soc.errors import InputError
from soc.records import make_id
from soc.records.letter import Letter
from soc.store import Change
from soc.store import _ship_place as place
from soc.store._log_parquet import make_folder

if TYPE_CHECKING:
    from soc.context import Context
    from soc.store._ship_send import Reject

STRETCH = 16_384  # record numbers whose refused documents share a letter
DESTINATION = "elasticsearch"


@dataclass(frozen=True, slots=True)
class Kept:
    """A document of a letter."""

    id: str  # ``_id`` on the server
    action: bytes
    document: bytes

    @property
    def fields(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.document)
        return found

    @property
    def event_id(self) -> str:
        return event_id(self.fields)

    @property
    def lines(self) -> bytes:
        return self.action + b"\n" + self.document + b"\n"


def event_id(document: Mapping[str, Any]) -> str:
    """``event.id`` of a document, from the two numbers that it is made of."""
    key, number = document[SOURCE_KEY], document[RECORD_NUMBER]
    return f"{key & 0xFFFF_FFFF_FFFF_FFFF:016x}{number:016x}"


def parsed(lines: bytes) -> Iterator[Kept]:
    """The documents of a body; a last one that is cut short is left out."""
    whole = lines.split(b"\n")[:-1]
    for action, document in zip(whole[::2], whole[1::2], strict=False):
        yield Kept(orjson.loads(action)["create"]["_id"], action, document)


class Letters:
    """The letters of a home; safe for many threads and processes."""

    def __init__(self, context: Context, folder: Path, namespace: str) -> None:
        """``folder``: that of the shipper's namespace."""
        self._context = context
        self._folder = folder / "letters"
        self._namespace = namespace
        self._mutex = threading.Lock()

    def keep(self, dataset: str, rejects: Iterable[Reject]) -> None:
        """Keep documents for good: in a file first, then as records.

        Raises:
            StoreUnavailable: no room; nothing is lost as long as the position stays.
        """
        groups: dict[str, list[tuple[Kept, Reject]]] = {}
        for reject in rejects:
            kept = next(parsed(reject.line))
            groups.setdefault(self._id(dataset, kept, reject), []).append((kept, reject))
        with self._held():
            for id, group in groups.items():
                self._add(id, dataset, group)

    def _id(self, dataset: str, kept: Kept, reject: Reject) -> str:
        fields = kept.fields
        stretch = fields[RECORD_NUMBER] // STRETCH
        return make_id(
            self._context.config.site.code, "letter", DESTINATION, self._namespace,
            self._context.store.log.origin, dataset, fields[VERSION], fields[SOURCE_KEY], stretch,
            reject.verdict.type, pattern(reject.verdict.reason),
        )  # fmt: skip

    def _add(self, id: str, dataset: str, group: Sequence[tuple[Kept, Reject]]) -> None:
        id, before = self._open(id)
        documents = {one.id: one for one in self.documents(id)}
        documents |= {kept.id: kept for kept, _ in group}
        self._write(id, documents.values())
        verdict = group[0][1].verdict
        now = self._context.clock.now()
        event_ids = sorted(one.event_id for one in documents.values())
        letter = Letter(
            id=id,
            state="waiting",
            at=now,
            author=self._context.actor.author(),
            destination=DESTINATION,
            dataset=dataset,
            origin_host=self._context.store.log.origin,
            version=group[0][0].fields[VERSION],
            event_ids=tuple(event_ids),
            count=len(event_ids),
            error=f"{verdict.type}: {verdict.reason}",
            first_at=before.first_at if before else now,
            last_at=now,
            tries=before.tries if before else 1,
        )
        self._store(letter)

    def _open(self, id: str) -> tuple[str, Letter | None]:
        """The letter that takes more documents under this id, or the next one after it."""
        number, name = 0, id
        while (found := self._found(name)) is not None and found.state == "delivered":
            number += 1
            name = f"{id}-{number}"
        return name, found

    def _store(self, letter: Letter) -> None:
        """The letter as it is from now on; the same one twice is stored once."""
        before = self._found(letter.id)
        revision = before.revision if before else 0
        what = [letter.state, letter.tries, *letter.event_ids, letter.reason, revision]
        if before is None or _differs(before, letter):
            digest = sha256(orjson.dumps(what)).hexdigest()[:16]
            self._context.store.records.apply([Change(f"{letter.id}:{digest}", letter, revision)])

    def _found(self, id: str) -> Letter | None:
        found = self._context.store.records.get("letter", id)
        return found if isinstance(found, Letter) else None

    def get(self, id: str) -> Letter:
        """The letter.

        Raises:
            InputError: there is none of this id.
        """
        found = self._found(id)
        if found is None:
            raise InputError(f"letter {id}: is not known; see `soc store letters list`")
        return found

    def all(self) -> Iterator[Letter]:
        """The letters of this store, by id."""
        for found in self._context.store.records.find("letter"):
            if isinstance(found, Letter) and found.destination == DESTINATION:
                yield found

    def documents(self, id: str) -> list[Kept]:
        """The documents of a letter in their original form; none where it was delivered."""
        path = self._path(id)
        with place.writable(path):
            try:
                lines = path.read_bytes()
            except FileNotFoundError:
                return []
        return list(parsed(lines))

    def drop(self, id: str, reason: str) -> Letter:
        """Somebody has decided that the documents need not arrive; they are kept all the same.

        Raises:
            InputError: no such letter, or it was delivered.
            ScopeError: this login may not.
        """
        self._context.actor.require(Letter.rights["dropped"])
        with self._held():
            letter = self.get(id)
            if letter.state == "delivered":
                raise InputError(f"letter {id}: was delivered: there is nothing to drop")
            self._store(self._changed(letter, state="dropped", reason=reason))
        return self.get(id)

    def tried(self, id: str, arrived: Collection[str], error: str) -> Letter:
        """The letter after its documents were sent again; ``arrived`` are their ``_id``.

        What was added to it meanwhile waits for the next time.
        """
        with self._held():
            letter, held = self.get(id), self.documents(id)
            left = [one for one in held if one.id not in arrived]
            event_ids = tuple(sorted(one.event_id for one in left)) or letter.event_ids
            after = self._changed(
                letter,
                state="waiting" if left else "delivered",
                tries=letter.tries + 1,
                event_ids=event_ids,
                count=len(event_ids),
                error=error or letter.error,
            )
            if left:
                self._write(id, left)
            if letter.state == "dropped" and not left:
                self._store(self._changed(letter, state="waiting"))
            self._store(after)
            if not left:
                with place.writable(self._path(id)):
                    self._path(id).unlink(missing_ok=True)
        return self.get(id)

    def _changed(self, letter: Letter, **fields: Any) -> Letter:
        now = self._context.clock.now()
        author = self._context.actor.author()
        return replace(letter, at=now, last_at=now, author=author, **fields)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """The block changes letters, and nobody else does meanwhile."""
        path = self._folder / "lock"
        with self._mutex:
            with place.writable(path):
                make_folder(self._folder)
                file = path.open("ab")
            with file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield

    def _write(self, id: str, documents: Iterable[Kept]) -> None:
        place.replace(self._path(id), b"".join(one.lines for one in documents))

    def _path(self, id: str) -> Path:
        return self._folder / f"{id}.ndjson"


_TOLD = ("state", "tries", "event_ids", "reason", "error")


def _differs(before: Letter, after: Letter) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in _TOLD)


def pattern(reason: str) -> str:
    """A reason without what differs between documents: what is quoted, and numbers."""
    return re.sub(r"'[^']*'|\"[^\"]*\"|\d+", "…", reason)[:200]

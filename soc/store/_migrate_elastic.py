"""The cluster's side of moving records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soc.errors import StoreError
from soc.query import Marks
from soc.records._codec import decode
from soc.store._elastic_names import records
from soc.store._elastic_record_document import Document, mark, place, prepared, stored
from soc.store._elastic_record_plan import fetched
from soc.store._elastic_record_read import Reader
from soc.store._elastic_record_settle import TURN_S, Settler
from soc.store._elastic_record_turn import Heads
from soc.store._elastic_record_work import CHUNK, Work
from soc.store._elastic_record_write import Places
from soc.store._migrate import Counters
from soc.store.records import Stored

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


class Cluster:
    """The records of one namespace."""

    def __init__(
        self, client: Elasticsearch, namespace: str, *, turn_s: float = TURN_S, chunk: int = CHUNK
    ) -> None:
        self.place = records(namespace)
        self._client = client
        self._chunk = chunk
        self._settler = Settler(Heads(client, namespace), Places(client, namespace), turn_s)
        self._reader = Reader(client, namespace, self._settler)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def revisions(self) -> Iterator[Stored]:
        return map(stored, self._reader.revisions())

    def counters(self) -> Counters:
        marks = {reader: held for reader, held in self._reader.marks().items() if held}
        head = self._settler.settled().head
        return Counters(marks, {_named(name): last for name, last in head.numbers.items()})

    def take(self, revisions: Iterable[Stored], counters: Counters) -> int:
        numbers = {f"{series} {year}": last for (series, year), last in counters.numbers.items()}
        work: Work[Stored] = Work(self._settler, self._copier, "", self._chunk, numbers)
        try:
            return work.done(revisions, _Marks(counters.marks, self._reader.marks()))
        except BaseException:
            work.give_up()
            raise

    def _copier(self) -> Copier:
        return Copier(self._client, self.place)


class Copier:
    """Prepares revisions as they are: no audit log tells of them."""

    def __init__(self, client: Elasticsearch, index: str) -> None:
        self._client = client
        self._index = index
        self._standing: dict[str, Document | None] = {}

    def prepare(self, changes: Sequence[Stored], seq: int) -> list[Document]:
        """The revisions, numbered after ``seq``, each the one after what stands.

        Raises:
            StoreError: it is not, or the server refuses.
        """
        places = sorted({place(one.kind, one.id) for one in changes} - self._standing.keys())
        for found in fetched(self._client, ({"_index": self._index, "_id": id} for id in places)):
            self._standing[found["_id"]] = found.get("_source")
        return [self._prepared(one, seq + number) for number, one in enumerate(changes, 1)]

    def _prepared(self, copied: Stored, seq: int) -> Document:
        spot = place(copied.kind, copied.id)
        before = self._standing[spot]
        if copied.revision != (before["revision"] if before else 0) + 1:
            raise StoreError(f"{self._index}: {copied.kind} {copied.id}: was changed meanwhile")
        after = decode(copied.kind, copied.document)
        self._standing[spot] = found = prepared(copied, after, before, seq, "")
        return found


@dataclass(frozen=True, slots=True)
class _Marks:
    """Watermarks as they are elsewhere."""

    marks: Mapping[str, Marks]
    standing: Mapping[str, Marks]

    def moved(self, places: Places) -> tuple[Document, ...]:
        """Those that differ here."""
        return tuple(
            mark(reader, self.marks.get(reader, {}), places.mark(reader)[1] + 1)
            for reader in sorted({*self.marks, *self.standing})
            if self.marks.get(reader, {}) != self.standing.get(reader, {})
        )


def _named(name: str) -> tuple[str, int]:
    series, _, year = name.rpartition(" ")
    return series, int(year)

"""Records on the cluster: current state with history, for all hosts of a namespace.

The server has no transactions. A set of changes is prepared, then committed by one swap of one
document, the head, which also moves the watermark; only then is it put in its place. Whoever
finds a committed set that is not in its place finishes it before anything else is read or
written, so nobody sees half of one. See docs/explanation/decisions.md.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from soc.audit import Audit
from soc.errors import ScopeError, StoreError
from soc.query import Marks
from soc.records import Record
from soc.records._registry import kind_of
from soc.store import Change, Lease
from soc.store._elastic_client import connect
from soc.store._elastic_record_document import record
from soc.store._elastic_record_lease import Leases
from soc.store._elastic_record_plan import Planner
from soc.store._elastic_record_read import Reader
from soc.store._elastic_record_settle import TURN_S, Settler
from soc.store._elastic_record_told import Teller
from soc.store._elastic_record_turn import Heads
from soc.store._elastic_record_work import CHUNK, Advance, Work
from soc.store._elastic_record_write import Places
from soc.store.records import chosen, narrow
from soc.where import EVERYTHING, Where

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from soc.config import ElasticsearchSettings
    from soc.context import Clock


class ElasticRecords:
    """Implements ``soc.store.Records``; safe for several threads, processes and hosts.

    Nothing is asked of the server before the first question. A read inside the stream of changes
    of a set does not see that set; a number taken there belongs to it; a lease does not, and an
    ``apply`` there is refused. A set of more than ``chunk`` changes is written alone: others
    write when it is committed, and read meanwhile. A process that dies leaves all of its set or
    nothing, and others wait ``turn_s`` seconds for it, once.
    """

    def __init__(
        self,
        client: Elasticsearch,
        namespace: str,
        audit: Audit,
        host: str,
        clock: Clock,
        *,
        turn_s: float = TURN_S,
        chunk: int = CHUNK,
    ) -> None:
        self._client = client
        self._namespace = namespace
        self._audit = audit
        self._host = host
        self._clock = clock
        self._chunk = chunk
        self._heads = Heads(client, namespace)
        self._settler = Settler(self._heads, Places(client, namespace), turn_s)
        self._reader = Reader(client, namespace, self._settler)
        self._leases = Leases(client, namespace)
        self._teller = Teller(self._settler, self._reader, audit, host)
        self._local = threading.local()
        self._is_told = False

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def get(self, kind: str, id: str, *, at: datetime | None = None) -> Record | None:
        kind_of(kind)
        found = self._reader.get(kind, id, at)
        return None if found is None else record(found)

    def find(
        self,
        kind: str,
        where: Where = EVERYTHING,
        *,
        at: datetime | None = None,
        limit: int | None = None,
    ) -> Iterator[Record]:
        terms = narrow(where, kind_of(kind).indexed)
        if limit == 0:
            return iter(())
        wanted = limit if where == EVERYTHING else None
        return chosen(map(record, self._reader.find(kind, terms, at, wanted)), kind, where, limit)

    def history(self, kind: str, id: str) -> list[Record]:
        kind_of(kind)
        return [record(found) for found in self._reader.history(kind, id)]

    def apply(self, changes: Iterable[Change]) -> int:
        return self._written(changes, None)

    def conclude(self, reader: str, before: Marks, after: Marks, changes: Iterable[Change]) -> int:
        return self._written(changes, Advance(reader, before, after))

    def watermark(self, reader: str) -> Marks:
        self._settler.settled()
        return self._settler.places.mark(reader)[0]

    def next_number(self, series: str, year: int) -> int:
        name = f"{series} {year}"
        work: Work[Change] | None = getattr(self._local, "work", None)
        if work is not None:
            return work.number(name)
        while True:
            read = self._settler.settled(alone=True)
            number = read.head.numbers.get(name, 0) + 1
            wanted = read.head.committed((), 0, numbers={name: number})
            if self._heads.swap(read, wanted) is not None:
                return number

    def acquire(self, name: str, holder: str, ttl_s: float) -> Lease | None:
        self._heads.read()
        return self._leases.acquire(name, holder, ttl_s, self._clock.now())

    def release(self, lease: Lease) -> None:
        self._leases.release(lease)

    def _written(self, changes: Iterable[Change], advance: Advance | None) -> int:
        if getattr(self._local, "work", None) is not None:
            raise StoreError("records: apply inside a stream of changes: put them into the stream")
        self._teller.know()
        work: Work[Change] = Work(self._settler, self._planner, self._host, self._chunk)
        self._local.work = work
        try:
            new = work.done(changes, advance)
        except BaseException:
            work.give_up()
            raise
        finally:
            self._local.work = None
        if new or not self._is_told:
            self._is_told = False
            self._teller.tell()
            self._is_told = True
        return new

    def _planner(self) -> Planner:
        return Planner(self._client, self._namespace, self._host, self._refuse)

    def _refuse(self, wanted: Record, error: ScopeError) -> None:
        named = (wanted.kind, wanted.id, wanted.state, self._clock.now())
        self._audit.refused(error, wanted.author, *named)


def opened_records(
    settings: ElasticsearchSettings,
    audit: Audit,
    host: str,
    clock: Clock,
    environment: Mapping[str, str],
) -> ElasticRecords:
    """The records of a site on its cluster; nothing is asked of it yet.

    Raises:
        ConfigError: an address, certificate or secret that must not be used as it is.
    """
    return ElasticRecords(connect(settings, environment), settings.namespace, audit, host, clock)

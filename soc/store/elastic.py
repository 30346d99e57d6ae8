"""The Elasticsearch engine: answers questions from what was shipped of every host's log.

A filter is compiled to the server's query language. What the server cannot decide or count
exactly is narrowed by it and decided here, by the evaluator that both engines share.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from soc import _aggregate, _result
from soc._columns import EVENT_ID, INGESTED, RECORD, RECORD_NUMBER, SOURCE_KEY, Columns, question
from soc._evaluate import predicate
from soc.query import Aggregate, Marks, Order, Select, Window
from soc.schema import TWIN, Type
from soc.store import _elastic_clause as dsl
from soc.store import _elastic_groups as groups
from soc.store import _elastic_rows
from soc.store import _elastic_setup as setup
from soc.store._elastic_client import connect, probe
from soc.store._elastic_document import event
from soc.store._elastic_keep import retain, rolled_over
from soc.store._elastic_marks import published
from soc.store._elastic_match import sorted_out
from soc.store._elastic_names import stream
from soc.store._elastic_pages import Pages, pages
from soc.store._elastic_plan import Plan, odd, plan, read, shipped, source, stored, within
from soc.where import EVERYTHING, Where

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from soc.config import Config, ElasticsearchSettings
    from soc.store import Records

Types = Mapping[str, Type | None]
Event = dict[str, Any]

_BY_ID = (Order(SOURCE_KEY), Order(RECORD_NUMBER))
_APPENDED = (INGESTED, SOURCE_KEY, RECORD_NUMBER)
_SORTED = (
    *(Type.KEYWORD, Type.TEXT, Type.DATE, Type.BOOLEAN),
    *(Type.INTEGER, Type.LONG, Type.DOUBLE),
)


class ElasticEngine:
    """Answers ``Select`` and ``Aggregate`` over the cluster, and over the records."""

    name = "elasticsearch"

    def __init__(
        self,
        client: Elasticsearch,
        records: Records,
        namespace: str,
        origins: frozenset[str] | None = None,
    ) -> None:
        """``origins``: only rows of these hosts are there; None: of all."""
        self._client = client
        self._records = records
        self._namespace = namespace
        self._origins = origins

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def retain(self, datasets: Iterable[str], before: datetime) -> dict[str, int]:
        """Rows deleted because they are old, by dataset; none where the server does it itself.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        client, namespace = self._client, self._namespace
        if setup.chosen(client, probe(client), namespace, 1).lifecycle != "own":
            return {}
        found = {}
        for dataset in datasets:
            rolled_over(client, namespace, dataset)
            found[dataset] = retain(client, namespace, dataset, before)
        return found

    def newest(self, dataset: str) -> Marks:
        """What was shipped, decided and refreshed, by host; empty before the first time."""
        found = published(self._client, self._namespace, dataset)
        if self._origins is None:
            return found
        return {origin: mark for origin, mark in found.items() if origin in self._origins}

    def window(self, dataset: str, after: Marks) -> Window:
        """All that was appended after ``after`` and can be read now."""
        return Window(after, self.newest(dataset))

    def select(self, query: Select) -> Iterator[pa.RecordBatch]:
        """Rows as record batches, at least one (it may be empty); columns in the order asked.

        Raises:
            StoreError: a question that cannot be asked, or what the server refuses.
            RuleError: a pattern is no RE2, or a network is none.
        """
        types = _result.select(query)
        if query.dataset.startswith(RECORD):
            return self._records_selected(query, types)
        return _at_least_one(self._selected(query, types), types)

    def _records_selected(self, query: Select, types: Types) -> Iterator[pa.RecordBatch]:
        rows = list(_aggregate.select(query, self._flattened(query)))
        found = _result.table(rows, types or dict.fromkeys(_result.record_names(rows)))
        return iter(found.to_batches() or [pa.RecordBatch.from_pylist([], found.schema)])

    def _selected(self, query: Select, types: Types) -> Iterator[pa.RecordBatch]:
        columns = question(query.dataset)
        planned = plan(within(query.period, query.where), columns)
        with self._pages(query.dataset) as found:
            if not self._can_sort(query, planned, columns, found):
                rows = _aggregate.select(
                    replace(query, columns=tuple(types), window=None),
                    self._gathered(query, [*types, *(o.column for o in query.order)], found),
                )
                yield _elastic_rows.table(list(rows), types)
                return
            for events in self._streamed(query, types, planned, found):
                yield _elastic_rows.batch(events, types, columns)

    def _can_sort(self, query: Select, planned: Plan, columns: Columns, found: Pages) -> bool:
        """True where the server can give the rows in the order asked for."""
        if query.latest_by is not None:
            return False
        names = [order.column for order in query.order]
        if not all(columns.types.get(n) in _SORTED and n != EVENT_ID for n in names):
            return False
        there = shipped(query.window, self._origins)
        return not names or not found.has(dsl.every([there, planned.query, odd(names)]))

    def _streamed(
        self, query: Select, types: Types, planned: Plan, found: Pages
    ) -> Iterator[list[Event]]:
        """Pages of the rows asked for, in order, cut to the limit."""
        columns, left = question(query.dataset), query.limit
        body = {
            "query": dsl.every([shipped(query.window, self._origins), planned.query]),
            "_source": source({*stored(types, columns), *planned.asked}),
            "sort": _sort(query.order, columns),
        }
        twins = _twins(types)
        for hits in found.hits(body, left if planned.exact else None):
            pairs = ((hit["_source"], event(hit["_source"], twins)) for hit in hits)
            events = [row for held, row in pairs if planned.keeps(held, row)][:left]
            if events:
                yield events
            left = None if left is None else left - len(events)
            if left == 0:
                return

    def _gathered(
        self, query: Select | Aggregate, names: Iterable[str], found: Pages
    ) -> Iterator[Event]:
        """All rows that the question may be answered from, with the columns that it reads.

        With ``latest_by`` the filter comes after it, so it narrows nothing here.
        """
        columns = question(query.dataset)
        where = EVERYTHING if query.latest_by is not None else query.where
        planned = plan(within(query.period, where), columns)
        needed = {*names, *read(query.where, columns), *_APPENDED, "@timestamp"}
        needed |= set() if query.latest_by is None else {query.latest_by}
        body = {
            "query": dsl.every([shipped(query.window, self._origins), planned.query]),
            "_source": source(stored(needed, columns)),
            "sort": _sort((), columns),
        }
        twins = _twins(needed)
        for hits in found.hits(body):
            yield from (event(hit["_source"], twins) for hit in hits)

    def aggregate(self, query: Aggregate) -> pa.Table:
        """One row a group: ``bucket`` (if asked), the ``by`` columns, then the measures.

        Raises:
            StoreError: a question that cannot be asked, or what the server refuses.
            RuleError: a pattern is no RE2, or a network is none.
        """
        types = _result.aggregate(query)
        if query.dataset.startswith(RECORD):
            return _result.table(_aggregate.aggregate(query, self._flattened(query)), types)
        with self._pages(query.dataset) as found:
            rows = self._counted(query, found)
            if rows is None:
                gathered = self._gathered(query, groups.names(query), found)
                rows = _aggregate.aggregate(replace(query, window=None), gathered)
        return pa.Table.from_pylist(rows, _result.arrow(types))

    def _counted(self, query: Aggregate, found: Pages) -> list[Event] | None:
        """The groups as the server counts them; None where that would not be exact."""
        columns = question(query.dataset)
        planned = plan(within(query.period, query.where), columns)
        if not (planned.exact and groups.can_ask(query, columns)):
            return None
        names = {*planned.asked, *stored(groups.names(query), columns)}
        narrowed = dsl.every([shipped(query.window, self._origins), planned.query])
        asked = groups.facts_asked(query, columns, odd(names))
        facts = found.search(query=narrowed, aggs=asked, size=0).get("aggregations", {})
        if not groups.are_exact(facts, query):
            return None
        rows = groups.Asked(found, narrowed, query, columns, facts).rows()
        return _aggregate.finished(query, rows)

    def match(
        self, query: Select, wheres: Mapping[str, Where]
    ) -> Iterator[tuple[str, pa.RecordBatch]]:
        """For each named filter the rows of the question for which it holds too.

        Rows are read once for many filters; order and limit are not looked at. A name comes
        once for each page of rows in which its filter holds.

        Raises:
            StoreError: a question that cannot be asked, or what the server refuses.
            RuleError: a pattern is no RE2, or a network is none.
        """
        types, columns = _result.select(query), question(query.dataset)
        with self._pages(query.dataset) as found:
            if query.latest_by is None:
                shipped_here = shipped(query.window, self._origins)
                asked = replace(query, where=within(query.period, query.where), period=None)
                pairs = sorted_out(found, asked, wheres, tuple(types), shipped_here)
            else:
                pairs = self._latest_matched(query, wheres, types, found)
            for name, events in pairs:
                yield name, _elastic_rows.batch(events, types, columns)

    def _latest_matched(
        self, query: Select, wheres: Mapping[str, Where], types: Types, found: Pages
    ) -> Iterator[tuple[str, list[Event]]]:
        columns = question(query.dataset)
        asked = (name for where in wheres.values() for name in read(where, columns))
        names = tuple(sorted({*stored([*types, *asked], columns), *_twins(types)}))
        whole = replace(query, columns=names, window=None, order=(), limit=None)
        rows = list(_aggregate.select(whole, self._gathered(query, names, found)))
        for name, where in wheres.items():
            holds = predicate(where, columns)
            matched = [row for row in rows if holds(row)]
            if matched:
                yield name, matched

    def _pages(self, dataset: str) -> Any:
        return pages(self._client, stream(dataset, self._namespace))

    def _flattened(self, query: Select | Aggregate) -> Iterator[dict[str, object]]:
        from soc.store.records import flatten

        where = query.where if query.latest_by is None else EVERYTHING
        return map(flatten, self._records.find(query.dataset.removeprefix(RECORD), where))


def opened(
    settings: ElasticsearchSettings, records: Records, environment: Mapping[str, str]
) -> ElasticEngine:
    """The engine of a site; nothing is asked of the cluster yet.

    Raises:
        ConfigError: an address, certificate or secret that must not be used as it is.
    """
    return ElasticEngine(connect(settings, environment), records, settings.namespace)


def set_up(config: Config, environment: Mapping[str, str], *, dry_run: bool) -> dict[str, Any]:
    """Templates and indices made or brought up to date, unless ``dry_run``; what differed.

    Raises:
        ConfigError: an address, certificate or secret that must not be used as it is.
        StoreError: no server that is supported, or it refuses.
    """
    settings = config.elasticsearch
    with closing(connect(settings, environment)) as client:
        server = probe(client)
        retain_days, mode = config.store.retain_days, settings.mode
        wanted = setup.chosen(client, server, settings.namespace, retain_days, mode)
        found = setup.differences(client, wanted)
        rolled = [] if dry_run else setup.apply(client, found, settings.namespace)
    return {
        "server": server.version,
        "java": server.java,
        "lifecycle": wanted.lifecycle,
        "dry_run": dry_run,
        "parts": [setup.told(difference) for difference in found],
        "rolled_over": rolled,
    }


def _sort(order: Sequence[Order], columns: Columns) -> list[Any]:
    """Absent values last either way; rows without an order in the server's own."""
    if not order:
        return [{"_shard_doc": {"order": "asc"}}]
    return [
        {
            one.column: {
                "order": "desc" if one.descending else "asc",
                "missing": "_last",
                "unmapped_type": _UNMAPPED.get(columns.types[one.column], "keyword"),
            }
        }
        for one in (*order, *_BY_ID)
    ]


_UNMAPPED = {
    Type.DATE: "date_nanos",
    Type.BOOLEAN: "boolean",
    Type.INTEGER: "integer",
    Type.LONG: "long",
    Type.DOUBLE: "double",
}


def _twins(names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(TWIN)]


def _at_least_one(batches: Iterator[pa.RecordBatch], types: Types) -> Iterator[pa.RecordBatch]:
    """The batches, or an empty one: a caller can always make a table of them."""
    first = next(batches, None)
    yield pa.RecordBatch.from_pylist([], _result.arrow(types)) if first is None else first
    yield from batches

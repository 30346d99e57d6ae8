"""Many named filters over one reading of the hits: the server names those that may hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from soc._columns import Columns, question
from soc.query import Select
from soc.schema import TWIN
from soc.store import _elastic_clause as dsl
from soc.store._elastic_clause import Query
from soc.store._elastic_document import event
from soc.store._elastic_pages import Pages
from soc.store._elastic_plan import Plan, plan, source, stored
from soc.where import All, Where

FILTERS = 64  # in one search; more are asked in another reading

Event = dict[str, Any]
Found = Iterator[tuple[str, list[Event]]]


def sorted_out(
    pages: Pages, query: Select, wheres: Mapping[str, Where], names: tuple[str, ...], there: Query
) -> Found:
    """The rows of each page by the filters that hold for them.

    Raises:
        RuleError: a pattern is no RE2, or a network is none.
    """
    columns = question(query.dataset)
    plans = {name: plan(All((query.where, where)), columns) for name, where in wheres.items()}
    for chunk in _chunks(plans):
        yield from _asked(pages, chunk, names, columns, there)


def _chunks(plans: Mapping[str, Plan]) -> Iterator[dict[str, Plan]]:
    """As many filters at a time as one search takes."""
    chunk: dict[str, Plan] = {}
    clauses = 0
    for name, planned in plans.items():
        more = dsl.weight(planned.query)
        if chunk and (clauses + more > dsl.CLAUSES or len(chunk) == FILTERS):
            yield chunk
            chunk, clauses = {}, 0
        chunk[name] = planned
        clauses += more
    yield chunk


def _asked(
    pages: Pages, plans: Mapping[str, Plan], names: tuple[str, ...], columns: Columns, there: Query
) -> Found:
    asked = {n: p for n, p in plans.items() if p.query != dsl.FALSE}
    if not asked:
        return
    needed = {*stored(names, columns)}.union(*(p.asked for p in asked.values()))
    body = {
        "query": dsl.every([there, dsl.some([_named(n, p) for n, p in asked.items()])]),
        "_source": source(needed),
        "sort": [{"_shard_doc": {"order": "asc"}}],
    }
    twins = [name for name in names if name.startswith(TWIN)]
    for hits in pages.hits(body):
        rows: dict[str, list[Event]] = {}
        for hit in hits:
            held, row = hit["_source"], event(hit["_source"], twins)
            for name in hit["matched_queries"]:
                if asked[name].keeps(held, row):
                    rows.setdefault(name, []).append(row)
        yield from rows.items()


def _named(name: str, planned: Plan) -> Query:
    return {"bool": {"filter": [planned.query], "_name": name}}

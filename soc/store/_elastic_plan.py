"""What is searched for a question, and what the evaluator has to decide of the hits.

The server finds the rows for which the compiled filter holds, and all rows that are odd in a
column that the filter asks. Odd rows are always decided by the evaluator, the others where the
compiled filter is not exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from soc._columns import EVENT_ID, RECORD_NUMBER, SOURCE_KEY, VERSION, Columns
from soc._evaluate import Predicate, predicate
from soc.query import Period, Window
from soc.schema import TWIN
from soc.store import _elastic_clause as dsl
from soc.store._elastic_clause import Query
from soc.store._elastic_document import AT
from soc.store._elastic_names import ODD, ORIGIN_HOST, WRITTEN
from soc.store._elastic_where import compile, instant
from soc.where import All, Keyword, Range, Where, fields, leaves


@dataclass(frozen=True, slots=True)
class Plan:
    """A search and what is left to decide."""

    query: Query
    exact: bool
    asked: frozenset[str]  # stored columns that the filter reads
    holds: Predicate

    def keeps(self, source: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
        """True where the filter holds for the row of a hit."""
        if self.exact and self.asked.isdisjoint(source.get(ODD, ())):
            return True
        return self.holds(event)


def plan(where: Where, columns: Columns) -> Plan:
    """The search for a filter.

    Raises:
        RuleError: a pattern is no RE2, or a network is none.
    """
    clause, asked = compile(where, columns), frozenset(read(where, columns))
    holds = predicate(where, columns)
    if dsl.weight(clause.query) > dsl.CLAUSES:  # too large for one search: every row is looked at
        return Plan(dsl.TRUE, False, asked, holds)
    query = clause.query if clause.query == dsl.TRUE else dsl.some([clause.query, odd(asked)])
    return Plan(query, clause.exact, asked, holds)


def odd(names: Iterable[str]) -> Query:
    """Rows that are odd in one of the columns."""
    return dsl.terms(ODD, sorted(names))


def within(period: Period | None, where: Where) -> Where:
    """The filter together with the period."""
    if period is None:
        return where
    start, end = instant(period.start), instant(period.end)
    return All((Range(AT, start, end, with_high=False), where))


def read(where: Where, columns: Columns) -> list[str]:
    """The stored columns that the evaluator reads for a filter."""
    names = {name for name in fields(where) if columns.type_of(name) is not None}
    if any(isinstance(leaf, Keyword) for leaf in leaves(where)):
        names |= set(columns.texts())
    return stored(names, columns)


def stored(names: Iterable[str], columns: Columns) -> list[str]:
    """The columns of documents that columns of a question are made of."""
    found: set[str] = set()
    for name in names:
        place = None if name in columns.types else columns.map_of(name)
        if name == EVENT_ID:
            found |= {SOURCE_KEY, RECORD_NUMBER}
        else:
            found.add(name.removeprefix(TWIN) if place is None else place[0])
    return sorted(found)


def source(names: Iterable[str]) -> list[str]:
    """What of a document is asked for: these columns, and what may be odd in them."""
    return sorted({*names, ODD, WRITTEN})


def shipped(window: Window | None, origins: frozenset[str] | None) -> Query:
    """Rows of the window, of these hosts."""
    own = dsl.TRUE if origins is None else dsl.terms(ORIGIN_HOST, sorted(origins))
    if window is None:
        return own
    hosts = [
        dsl.every(
            [
                dsl.terms(ORIGIN_HOST, [origin]),
                dsl.between(VERSION, gt=window.after.get(origin, -1), lte=upto),
            ]
        )
        for origin, upto in sorted(window.upto.items())
        if upto > window.after.get(origin, -1)
    ]
    return dsl.every([own, dsl.some(hosts)])

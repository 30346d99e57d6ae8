"""Many named filters over one reading of the rows: columns are folded once for all of them.

DuckDB answers each row that some filter holds for, with the numbers of those filters. Filters
that SQL cannot decide are decided by the evaluator, on the rows that SQL leaves.
"""

# ruff: noqa: S608 - every name and text goes through soc.store._duck_literal

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from soc import _result
from soc._columns import Columns
from soc._evaluate import Predicate, predicate
from soc.query import Select
from soc.schema import Type
from soc.store import _duck_literal as sql
from soc.store import _duck_query
from soc.store._duck_query import Source
from soc.store._duck_relation import Relation
from soc.store._duck_text import is_lower
from soc.store._duck_where import compile
from soc.where import All, Keyword, Where, fields, leaves

FILTERS = 256  # in one statement; more are asked in another reading
_HITS = "soc.hits"
_FOLDED = "soc.folded."


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement for some filters, and what is left to decide of its rows."""

    text: str
    schema: pa.Schema  # the columns asked for, those the evaluator needs, and the hits
    names: tuple[str, ...]  # of the filters, by their number in the hits
    columns: tuple[str, ...]  # asked for
    undecided: Mapping[str, Predicate]


def plans(
    query: Select, wheres: Mapping[str, Where], columns: tuple[str, ...], source: Source
) -> Iterator[Plan]:
    """Statements that together ask every filter.

    Raises:
        RuleError: a pattern is no RE2, or a network is none.
    """
    named = list(wheres.items())
    for start in range(0, len(named), FILTERS):
        yield _plan(query, dict(named[start : start + FILTERS]), columns, source)


def _plan(
    query: Select, wheres: Mapping[str, Where], columns: tuple[str, ...], source: Source
) -> Plan:
    known, base = source.relation.columns, compile(query.where, source.relation)
    lowered = _lowered(list(wheres.values()), source.relation)
    relation = replace(source.relation, folded=lowered)
    clauses = {name: compile(where, relation) for name, where in wheres.items()}
    undecided = {
        name: All((query.where, wheres[name]))
        for name, clause in clauses.items()
        if not (clause.exact and base.exact)
    }
    needed = (name for where in undecided.values() for name in evaluated(where, known))
    types = {name: known.type_of(name) for name in (*columns, *needed)}
    folds = [f"{source.relation.lowered(n)} AS {sql.name(a)}" for n, a in lowered.items()]
    rows = f"SELECT {', '.join(['*', *folds])} FROM {_duck_query.kept(query, base, source)}"
    wanted = [_duck_query.column(name, kind, relation) for name, kind in types.items()]
    return Plan(
        _statement(wanted, [clause.text for clause in clauses.values()], rows),
        _result.arrow(types).append(pa.field(_HITS, pa.list_(pa.int32()))),
        tuple(wheres),
        columns,
        {name: predicate(where, known) for name, where in undecided.items()},
    )


def _statement(wanted: list[str], clauses: list[str], rows: str) -> str:
    """Each condition is asked once a row; a WHERE of them would undo the folding (measured)."""
    numbers = ", ".join(f"CASE WHEN {text} THEN {n} END" for n, text in enumerate(clauses))
    hits = f"list_filter([{numbers}], lambda n: n IS NOT NULL)::INTEGER[] AS {sql.name(_HITS)}"
    return (
        f"SELECT {', '.join([*wanted, sql.name(_HITS)])} FROM (SELECT *, {hits} FROM ({rows}))"
        f" WHERE len({sql.name(_HITS)}) > 0"
    )


def _lowered(wheres: list[Where], relation: Relation) -> dict[str, str]:
    """Text columns that some filter asks in lower case, with the names of their lower forms."""
    asked = (leaf for where in wheres for leaf in leaves(where))
    names = {name for leaf in asked if is_lower(leaf) for name in _asked(leaf, relation.columns)}
    return {name: _FOLDED + name for name in sorted(names) if _is_text(name, relation)}


def _is_text(name: str, relation: Relation) -> bool:
    kind = relation.columns.type_of(name)
    is_text = kind is not None and (kind.is_text or kind.is_address or kind is Type.MAP)
    return is_text and relation.has(name)


def evaluated(where: Where, columns: Columns) -> list[str]:
    """The stored columns that the evaluator reads for a filter."""
    places = {name: columns.map_of(name) for name in _asked(where, columns)}
    return sorted({name if place is None else place[0] for name, place in places.items()})


def _asked(where: Where, columns: Columns) -> set[str]:
    """The known columns and keys of maps that a filter names, or a keyword stands for."""
    names = {name for name in fields(where) if columns.type_of(name) is not None}
    if any(isinstance(leaf, Keyword) for leaf in leaves(where)):
        names |= set(columns.texts())
    return names


def sorted_out(batch: pa.RecordBatch, plan: Plan) -> Iterator[tuple[str, pa.RecordBatch]]:
    """The rows of a batch by the filters that hold for them."""
    hits = batch.column(_HITS)
    rows, numbers = pc.list_parent_indices(hits), pc.list_flatten(hits)
    for number in pc.unique(numbers).sort().to_pylist():
        name = plan.names[number]
        found = batch.take(rows.filter(pc.equal(numbers, number)))
        holds = plan.undecided.get(name)
        if holds is not None:
            found = decided(found, holds)
        if found.num_rows:
            yield name, found.select(list(plan.columns))


def decided(batch: pa.RecordBatch, holds: Predicate) -> pa.RecordBatch:
    """The rows that the evaluator holds for."""
    return batch.filter(pa.array([holds(row) for row in batch.to_pylist()], pa.bool_()))

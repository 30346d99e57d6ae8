"""``soc.store._duck_match``: columns are folded once; answers are in tests/contracts."""

from __future__ import annotations

from pathlib import Path

import pytest

from soc._columns import columns_of
from soc.query import Select
from soc.schema import arrow
from soc.store._duck_match import FILTERS, evaluated, plans
from soc.store._duck_query import Source
from soc.store._duck_relation import Relation
from soc.where import All, Cidr, Contains, Equals, Exists, Keyword, Where
from tests.contracts.engines import LogFile

FLOW = Relation(columns_of("flow"), frozenset(arrow("flow").names))
SOURCE = Source([LogFile(Path("/l/a"), None)], FLOW, is_uniform=True)


def test_a_column_is_folded_once_for_many_filters() -> None:
    wheres: dict[str, Where] = {str(n): Contains("message", f"x{n}") for n in range(50)}

    plan = next(plans(Select("flow"), wheres, ("message",), SOURCE))

    assert plan.text.count('lower("message")') == 1
    assert plan.text.count('"soc.folded.message"') == 51


def test_a_statement_takes_a_bounded_number_of_filters() -> None:
    wheres: dict[str, Where] = {str(n): Exists("message") for n in range(FILTERS * 2 + 1)}

    found = list(plans(Select("flow"), wheres, ("message",), SOURCE))

    assert [len(plan.names) for plan in found] == [FILTERS, FILTERS, 1]


def test_only_filters_that_sql_cannot_decide_are_left_to_the_evaluator() -> None:
    wheres: dict[str, Where] = {"a": Cidr("message", "::/0"), "b": Cidr("source.ip", "::/0")}

    plan = next(plans(Select("flow"), wheres, ("soc.record",), SOURCE))

    assert list(plan.undecided) == ["a"]
    assert plan.schema.names == ["soc.record", "message", "soc.hits"]


@pytest.mark.parametrize(
    ("where", "names"),
    [
        (Equals("soc.other.k", "x"), ["soc.other"]),
        (All((Equals("no.such", "x"), Exists("event.id"))), ["event.id"]),
    ],
)
def test_the_evaluator_reads_whole_columns(where: Where, names: list[str]) -> None:
    assert evaluated(where, columns_of("flow")) == names


def test_a_keyword_reads_every_text() -> None:
    assert evaluated(Keyword("x"), columns_of("flow")) == sorted(columns_of("flow").texts())

"""Compiled filters: what is exact, what is searched for instead, and what never is."""

from __future__ import annotations

from typing import Any

import pytest

from soc._columns import columns_of
from soc.errors import RuleError
from soc.query import Window
from soc.store import _elastic_clause as dsl
from soc.store._elastic_plan import plan, shipped
from soc.store._elastic_where import compile
from soc.where import (
    EVERYTHING,
    MANY,
    ONE,
    All,
    Cidr,
    Contains,
    Equals,
    Exists,
    Glob,
    In,
    Keyword,
    Not,
    Prefix,
    Range,
    Regex,
    Some,
    Suffix,
    Where,
)

HTTP = columns_of("http")
URL, STATUS, SOURCE = "url.original", "http.response.status_code", "source.ip"
FOLDED = "url.original.folded"

EXACT: list[tuple[Where, dict[str, Any]]] = [
    (Equals(URL, "A"), {"term": {FOLDED: {"value": "a"}}}),
    (Equals(URL, "A", True), {"term": {URL: {"value": "A"}}}),
    (In(URL, ("b", "A")), {"terms": {FOLDED: ["a", "b"]}}),
    (Contains(URL, "A*b?\\"), {"wildcard": {FOLDED: {"value": "*a\\*b\\?\\\\*"}}}),
    (Prefix(URL, "A*"), {"prefix": {FOLDED: {"value": "a*"}}}),
    (Suffix(URL, "A"), {"wildcard": {FOLDED: {"value": "*a"}}}),
    (Glob(URL, ("a", MANY, MANY, "b", ONE)), {"wildcard": {FOLDED: {"value": "a*b?"}}}),
    (Glob(URL, (MANY,)), {"exists": {"field": URL}}),
    (Glob(URL, ()), {"term": {FOLDED: {"value": ""}}}),
    (Range(URL, "A", "B", with_high=False), {"range": {FOLDED: {"gte": "a", "lt": "b"}}}),
    (Equals(STATUS, "0404"), {"term": {STATUS: {"value": 404}}}),
    (Range(STATUS, 399.5), {"range": {STATUS: {"gte": 400}}}),
    (Equals(SOURCE, "2001:DB8::1"), {"term": {SOURCE: {"value": "2001:db8::1"}}}),
    (Cidr(SOURCE, "192.0.2.0/24"), {"range": {SOURCE: {"gte": "192.0.2.0", "lte": "192.0.2.255"}}}),
    (Exists(URL), {"exists": {"field": URL}}),
    (EVERYTHING, {"match_all": {}}),
    (Some(), {"match_none": {}}),
    (Not(Some()), {"match_all": {}}),
    (Equals("no.such", "x"), {"match_none": {}}),
    (Contains(URL, "\ud800"), {"match_none": {}}),
]

INEXACT: list[tuple[Where, dict[str, Any]]] = [
    (Regex(URL, "a+"), {"exists": {"field": URL}}),
    (Cidr(URL, "192.0.2.0/24"), {"exists": {"field": URL}}),
    (Prefix(STATUS, "40"), {"exists": {"field": STATUS}}),
    (Prefix(SOURCE, "192."), {"exists": {"field": SOURCE}}),
    (Range(URL, 5), {"exists": {"field": URL}}),
    (Contains(URL, "x" * 300), {"wildcard": {FOLDED: {"value": f"*{'x' * 200}*"}}}),
    (Contains(URL, "ab\u0264cde"), {"wildcard": {FOLDED: {"value": "*cde*"}}}),
    (Glob(URL, (MANY, *([ONE] * 9), "ab")), {"wildcard": {FOLDED: {"value": "*ab*"}}}),
    (
        Contains("soc.other.k", "Ax*k"),
        {"wildcard": {"soc.other": {"value": "*ax\\*?*", "case_insensitive": True}}},
    ),
    (Regex("soc.other.k", "x"), {"exists": {"field": "soc.other"}}),
]


@pytest.mark.parametrize(("where", "query"), EXACT, ids=repr)
def test_what_the_server_can_decide_is_exact(where: Where, query: dict[str, Any]) -> None:
    assert compile(where, HTTP) == (query, True)


@pytest.mark.parametrize(("where", "query"), INEXACT, ids=lambda value: repr(value)[:60])
def test_what_it_cannot_decide_finds_more_and_under_not_everything(
    where: Where, query: dict[str, Any]
) -> None:
    assert compile(where, HTTP) == (query, False)
    assert compile(Not(where), HTTP) == (dsl.TRUE, False)
    assert compile(Not(Not(where)), HTTP) == (query, False)


def test_one_part_that_is_not_exact_makes_the_whole_so() -> None:
    whole = compile(All((Equals(URL, "a"), Regex(URL, "b"))), HTTP)

    assert not whole.exact
    assert whole.query["bool"]["filter"][0] == {"term": {FOLDED: {"value": "a"}}}


def test_a_keyword_asks_every_text_column() -> None:
    found = compile(Keyword("x"), HTTP)

    asked = {next(iter(query["wildcard"])) for query in found.query["bool"]["should"]}
    assert {name.removesuffix(".folded") for name in asked} == set(HTTP.texts())


@pytest.mark.parametrize(
    "where", [Regex(URL, "("), Cidr(URL, "192.0.2.1/24"), Regex("no.such", "(?=x)")], ids=repr
)
def test_what_no_engine_takes_is_refused(where: Where) -> None:
    with pytest.raises(RuleError):
        compile(where, HTTP)


def test_many_values_are_asked_in_parts() -> None:
    found = dsl.terms("source.port", range(25_000))

    parts = found["bool"]["should"]
    assert [len(part["terms"]["source.port"]) for part in parts] == [10_000, 10_000, 5_000]


def test_rows_that_are_odd_in_what_is_asked_are_found_too() -> None:
    found = plan(Equals(SOURCE, "192.0.2.1"), HTTP)

    assert {"term": {"soc.odd": {"value": SOURCE}}} in found.query["bool"]["should"]
    assert found.keeps({}, {})
    assert not found.keeps({"soc.odd": [SOURCE]}, {SOURCE: "x"})
    assert found.keeps({"soc.odd": [SOURCE]}, {SOURCE: "::ffff:192.0.2.1"})
    assert found.keeps({"soc.odd": ["message"]}, {})


def test_a_window_names_each_host_and_its_versions() -> None:
    query = shipped(Window({"a": 3, "b": 9}, {"a": 5, "b": 9, "c": 0}), None)

    assert query["bool"]["should"] == [
        {
            "bool": {
                "filter": [
                    {"term": {"soc.origin_host": {"value": host}}},
                    {"range": {"soc.version": {"gt": after, "lte": upto}}},
                ]
            }
        }
        for host, after, upto in (("a", 3, 5), ("c", -1, 0))
    ]


def test_a_window_of_nothing_finds_nothing() -> None:
    assert shipped(Window({}, {}), None) == dsl.FALSE
    assert shipped(None, None) == dsl.TRUE

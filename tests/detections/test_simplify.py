"""Shorter trees of one meaning."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detections._simplify import simplify, without
from soc._evaluate import matches
from soc.where import (
    EVERYTHING,
    NOTHING,
    All,
    Contains,
    Equals,
    Exists,
    In,
    Keyword,
    Not,
    Some,
    Where,
)

_NAMES = st.sampled_from(["url.original", "url.path", "url.domain"])
_TEXTS = st.sampled_from(["a", "b", ""])
_LEAVES: st.SearchStrategy[Where] = st.one_of(
    st.builds(Equals, _NAMES, _TEXTS, st.booleans()),
    st.builds(Contains, _NAMES, _TEXTS),
    st.builds(Exists, _NAMES),
)
_TREES: st.SearchStrategy[Where] = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds(All, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Some, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=10,
)
_EVENTS = st.dictionaries(_NAMES, st.sampled_from(["a", "A", "b", "ab", ""]))


@given(_TREES, _EVENTS)
def test_a_shorter_tree_means_the_same(where: Where, event: dict[str, str]) -> None:
    assert matches(simplify(where), event, "http") == matches(where, event, "http")


@given(_TREES, _EVENTS)
def test_what_is_left_without_a_column_means_the_same_on_rows_without_it(
    where: Where, event: dict[str, str]
) -> None:
    event.pop("url.path", None)

    assert matches(without(where, ["url.path"]), event, "http") == matches(where, event, "http")


def test_equalities_of_one_field_stand_together() -> None:
    where = Some((Equals("url.path", "a"), Exists("url.query"), Equals("url.path", "b")))

    assert simplify(where) == Some((In("url.path", ("a", "b")), Exists("url.query")))


def test_a_tree_on_nothing_but_absent_columns_is_constant() -> None:
    assert without(Equals("url.path", "a"), ["url.path"]) == NOTHING
    assert without(Not(Equals("url.path", "a")), ["url.path"]) == EVERYTHING
    assert without(Keyword("a"), ["url.path"]) == Keyword("a")

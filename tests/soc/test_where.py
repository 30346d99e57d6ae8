"""``soc.where``: a tree of comparisons."""

from __future__ import annotations

import dataclasses

import pytest

from soc.where import (
    EVERYTHING,
    NOTHING,
    All,
    Contains,
    Equals,
    Exists,
    Keyword,
    Not,
    Some,
    Where,
    fields,
    leaves,
)

TREE: Where = All((Equals("a", 1), Not(Some((Contains("b", "x"), Keyword("y")))), Exists("c")))


def test_leaves_come_from_left_to_right() -> None:
    assert list(leaves(TREE)) == [
        Equals("a", 1),
        Contains("b", "x"),
        Keyword("y"),
        Exists("c"),
    ]


def test_a_leaf_is_its_own_tree() -> None:
    assert list(leaves(Exists("a"))) == [Exists("a")]


def test_constants_have_no_leaves() -> None:
    assert [*leaves(EVERYTHING), *leaves(NOTHING)] == []


def test_a_keyword_names_no_field() -> None:
    assert fields(TREE) == {"a", "b", "c"}


def test_a_deep_tree_is_walked_without_recursion() -> None:
    tree: Where = Exists("a")
    for _ in range(10_000):
        tree = Not(tree)

    assert fields(tree) == {"a"}


def test_trees_are_values() -> None:
    assert hash(All((Equals("a", 1),))) == hash(All((Equals("a", 1),)))
    with pytest.raises(dataclasses.FrozenInstanceError):
        Equals("a", 1).field = "b"  # type: ignore[misc]

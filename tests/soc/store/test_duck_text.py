"""``soc.store._duck_text``: when ``lower()`` is enough; the rest is in tests/contracts."""

from __future__ import annotations

import pytest

from soc.store._duck_text import is_lower
from soc.where import ONE, Contains, Equals, Glob, In, Keyword, Prefix, Range, Regex, Where


@pytest.mark.parametrize(
    "where",
    [
        Equals("message", "İstanbul"),
        In("message", ("a", 2)),
        Contains("message", "é"),
        Glob("message", ("a", ONE)),
        Keyword("x"),
    ],
    ids=repr,
)
def test_lower_is_enough_for_most_literals(where: Where) -> None:
    assert is_lower(where)


@pytest.mark.parametrize(
    "where",
    [
        Equals("message", "\ua7cb"),
        In("message", ("a", "x\u0264")),
        Keyword("\U00010d50"),
        Prefix("message", "a", True),
        Regex("message", "a"),
        Range("message", "a"),
    ],
    ids=repr,
)
def test_new_letters_cased_texts_patterns_and_ranges_need_more(where: Where) -> None:
    assert not is_lower(where)

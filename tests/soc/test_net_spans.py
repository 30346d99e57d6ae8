"""Sets of integers as spans."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from soc import _net_spans
from soc._net_spans import blocks, join, minus

KEYS = st.lists(
    st.builds(
        lambda value, length: value >> (32 - length) << (40 - length) | length,
        st.integers(0, 2**32 - 1) | st.integers(0, 255) | st.integers(2**32 - 256, 2**32 - 1),
        st.integers(0, 32) | st.integers(24, 32),
    ),
    min_size=1,
    max_size=30,
)


@given(KEYS)
def test_many_prefixes_are_joined_as_few_are(keys: list[int]) -> None:
    assert _net_spans._join_many(keys) == _net_spans._join(keys, 4)


def test_a_million_takes_the_way_of_the_many() -> None:
    keys = [value << 8 | 32 for value in range(0, 2 * _net_spans._MANY, 2)]

    assert join(keys, 4) == _net_spans._join(keys, 4)


def test_no_keys_make_no_span() -> None:
    assert join([], 4) == join([], 6) == []


@given(KEYS, KEYS)
def test_what_is_left_shares_nothing_with_the_holes(keys: list[int], holes: list[int]) -> None:
    taken = join(holes, 4)

    left = minus(join(keys, 4), taken)

    assert not any(a <= last and first <= b for a, b in left for first, last in taken)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_blocks_follow_each_other_and_are_aligned(one: int, other: int) -> None:
    first, last = sorted((one, other))

    at = first
    for begin, length in blocks(first, last, 32):
        assert (begin, begin % (1 << (32 - length))) == (at, 0)
        at += 1 << (32 - length)
    assert at == last + 1

"""Windows and episodes against a plain reading of their rule."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from detections._behaviour_windows import runs

BINS = st.dictionaries(
    st.integers(0, 40), st.frozensets(st.integers(0, 9), min_size=1), max_size=25
)


def plain(bins: dict[int, frozenset[int]], least: int) -> list[set[int]]:
    """Bins of the windows that count, joined where no more than a timespan lies between."""
    found: list[set[int]] = []
    for begin in range(-2, 45):
        window = {begin, begin + 1}
        if len(bins.get(begin, frozenset()) | bins.get(begin + 1, frozenset())) < least:
            continue
        if found and begin - max(found[-1]) - 1 <= 2:
            found[-1] |= window
        else:
            found.append(window)
    return found


@given(BINS, st.integers(1, 8))
@settings(max_examples=150)
def test_episodes_are_the_joined_windows_that_count(
    bins: dict[int, frozenset[int]], least: int
) -> None:
    expected = []
    for joined in plain(bins, least):
        filled = [n for n in range(min(joined), max(joined) + 1) if n in bins]
        expected.append((filled[0], filled[-1]))

    assert runs(bins, least) == expected


@given(BINS, BINS, st.integers(1, 8))
@settings(max_examples=100)
def test_more_rows_never_end_an_episode(
    bins: dict[int, frozenset[int]], more: dict[int, frozenset[int]], least: int
) -> None:
    both = {n: bins.get(n, frozenset()) | more.get(n, frozenset()) for n in {*bins, *more}}

    later = runs(both, least)

    for first, last in runs(bins, least):
        assert any(begin <= first and last <= end for begin, end in later)

from __future__ import annotations

import io

from hypothesis import given, settings
from hypothesis import strategies as st

from collectors import _lines
from collectors._lines import lines


def test_a_line_knows_its_place_and_number() -> None:
    found = list(lines(io.BytesIO(b"ab\n\ncd\n")))

    assert [(line.offset, line.number, line.content) for line in found] == [
        (0, 1, b"ab"),
        (3, 2, b""),
        (4, 3, b"cd"),
    ]


def test_the_last_line_is_told_as_open_where_the_file_stops_inside_it() -> None:
    assert [line.is_ended for line in lines(io.BytesIO(b"ab\ncd"))] == [True, False]


def test_a_line_over_the_limit_is_skipped_and_the_next_one_read() -> None:
    long = b"x" * (_lines.LIMIT_BYTES + 5)

    found = list(lines(io.BytesIO(b"a\n" + long + b"\nb\n")))

    assert [line.is_whole for line in found] == [True, False, True]
    assert len(found[1].content) == 256
    assert (found[2].content, found[2].number) == (b"b", 3)
    assert found[2].offset == found[1].after == 2 + len(long) + 1


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=12).filter(lambda b: b"\n" not in b), max_size=8))
def test_every_line_is_found_at_its_offset(parts: list[bytes]) -> None:
    content = b"".join(part + b"\n" for part in parts)

    for line in lines(io.BytesIO(content)):
        assert content[line.offset : line.offset + len(line.content)] == line.content
    assert [line.content for line in lines(io.BytesIO(content))] == parts

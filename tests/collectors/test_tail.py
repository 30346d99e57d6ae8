from __future__ import annotations

from collections.abc import Generator
from itertools import islice
from pathlib import Path
from typing import IO

import pytest

from collectors._tail import follow
from soc.batch import Batch, Tally
from soc.context import Context


def read(stream: IO[bytes], source: int, offset: int) -> Generator[Batch, None, int]:
    content = stream.read()
    whole = content[: content.rfind(b"\n") + 1]
    if whole:
        yield Batch(source, "other", tally=Tally(records=len(whole)))
    return offset + len(whole)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "eve.json"


def sizes(found: list[Batch]) -> list[int]:
    return [batch.tally.records for batch in found if batch.tally.records]


def test_a_file_that_grows_is_read_on(context: Context, path: Path) -> None:
    path.write_bytes(b"one\n")
    tail = follow(path, context, lambda source: 0, 0.001, read)
    first = list(islice(tail, 2))
    with path.open("ab") as stream:
        stream.write(b"three\n")

    second = list(islice(tail, 2))

    assert sizes(first + second) == [4, 6]
    assert first[0].source == second[0].source


def test_a_rotated_file_is_read_to_its_end_and_then_the_new_one(
    context: Context, path: Path
) -> None:
    path.write_bytes(b"one\n")
    tail = follow(path, context, lambda source: 0, 0.001, read)
    first = list(islice(tail, 2))
    with path.open("ab") as stream:
        stream.write(b"last\n")
    path.rename(path.with_suffix(".1"))
    path.write_bytes(b"another\n")

    second = list(islice(tail, 2))

    assert sizes(first + second) == [4, 5, 8]
    assert second[0].source == first[0].source != second[1].source


def test_a_file_that_was_cut_off_is_begun_again(context: Context, path: Path) -> None:
    path.write_bytes(b"a long first line\n")
    tail = follow(path, context, lambda source: 0, 0.001, read)
    first = list(islice(tail, 2))
    path.write_bytes(b"new\n")

    second = list(islice(tail, 1))

    assert sizes(first + second) == [18, 4]


def test_a_file_that_is_not_there_yet_is_waited_for(context: Context, path: Path) -> None:
    tail = follow(path, context, lambda source: 0, 0.001, read)
    first = list(islice(tail, 2))
    path.touch()
    first += islice(tail, 1)
    path.write_bytes(b"one\n")

    assert sizes(first) == []
    assert sizes(list(islice(tail, 1))) == [4]


def test_a_restart_reads_on_only_where_everything_before_is_known_to_be_stored(
    context: Context, path: Path
) -> None:
    from collectors._files import keyed, sources

    path.write_bytes(b"one\ntwo\n")
    unknown = list(islice(follow(path, context, lambda source: 5, 0.001, read), 1))
    sources(context).record(keyed(path, context), 8)

    known = list(islice(follow(path, context, lambda source: 5, 0.001, read), 1))

    assert (sizes(unknown), sizes(known)) == ([8], [4])

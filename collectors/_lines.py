"""Lines of a log with their place: the byte at which each begins, and its number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, NamedTuple

LIMIT_BYTES = 4 << 20  # of one line; a longer one is told as cut and skipped
_READ_BYTES = 1 << 20
_SHOWN_BYTES = 256  # of a line over the limit


class Line(NamedTuple):
    """One line without its end."""

    offset: int  # of its first byte, from the beginning of the (unpacked) file
    after: int  # byte at which the next line begins
    number: int  # from 1, counted from where reading began
    content: bytes  # of a line over the limit: its first 256 bytes
    is_whole: bool  # False: over the limit
    is_ended: bool  # False: the file stops inside it


def lines(stream: IO[bytes], offset: int = 0) -> Iterator[Line]:
    """The lines from where the stream stands, which is ``offset``, in bounded memory."""
    number, rest = 1, b""
    while chunk := stream.read(_READ_BYTES):
        *whole, rest = (rest + chunk).split(b"\n")
        for content in whole:
            yield _line(offset, number, content, is_ended=True)
            offset += len(content) + 1
            number += 1
        if len(rest) > LIMIT_BYTES:
            start, length, rest = _skip(stream, rest)
            yield Line(offset, offset + length, number, start, is_whole=False, is_ended=True)
            offset += length
            number += 1
    if rest:
        yield _line(offset, number, rest, is_ended=False)


def _line(offset: int, number: int, content: bytes, *, is_ended: bool) -> Line:
    after = offset + len(content) + is_ended
    is_whole = len(content) <= LIMIT_BYTES
    told = content if is_whole else content[:_SHOWN_BYTES]
    return Line(offset, after, number, told, is_whole=is_whole, is_ended=is_ended)


def _skip(stream: IO[bytes], begun: bytes) -> tuple[bytes, int, bytes]:
    """Past the end of a line that is too long: (its start, its length with end, what follows)."""
    length = len(begun)
    while chunk := stream.read(_READ_BYTES):
        line, end, rest = chunk.partition(b"\n")
        length += len(line) + len(end)
        if end:
            return begun[:_SHOWN_BYTES], length, rest
    return begun[:_SHOWN_BYTES], length, b""

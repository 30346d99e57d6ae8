"""Logs that grow: read on at their end, and on in the file that takes their place."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from collectors._files import keyed, opened
from soc.batch import Batch

if TYPE_CHECKING:
    from collectors import Position
    from soc.context import Context

# Reads whole lines of (stream, source key, byte offset); returns the offset after the last one.
Reader = Callable[[IO[bytes], int, int], Generator[Batch, None, int]]


def follow(
    path: Path, context: Context, position: Position, poll_s: float, read: Reader
) -> Iterator[Batch]:
    """Batches without end; a batch without rows is a sign of life and says: nothing more yet.

    Record numbers are byte offsets and one. The file is followed by its name: one that was
    rotated away is read to its end, then the one that stands there now from its beginning.
    """
    while True:
        if not _has_content(path):
            yield from _pause(poll_s)
            continue
        file = keyed(path, context)
        offset = max(0, position(file.key) - 1) if file.known_length else 0
        with opened(path) as stream:
            yield from _to_its_end(path, stream, file.key, offset, poll_s, read)


def _to_its_end(
    path: Path, stream: IO[bytes], source: int, offset: int, poll_s: float, read: Reader
) -> Iterator[Batch]:
    """The file until another one stands in its place, or it is shorter than what was read."""
    device = os.fstat(stream.fileno())
    while True:
        is_replaced = not _is_there(path, device)
        if os.fstat(stream.fileno()).st_size < offset:
            return
        stream.seek(offset)
        offset = yield from read(stream, source, offset)
        if is_replaced:
            return
        yield from _pause(poll_s)


def _pause(poll_s: float) -> Iterator[Batch]:
    yield Batch(0, "other")
    time.sleep(poll_s)


def _has_content(path: Path) -> bool:
    """An empty file is like any other empty file: it is no source before it holds something."""
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


def _is_there(path: Path, device: os.stat_result) -> bool:
    try:
        return os.path.samestat(path.stat(), device)
    except FileNotFoundError:
        return False

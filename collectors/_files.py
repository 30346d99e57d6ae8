"""Files that collectors read: opened safely, known by content."""

from __future__ import annotations

import gzip
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from isal import igzip, isal_zlib

from soc.errors import InputError

if TYPE_CHECKING:
    from soc.context import Context
    from soc.store.sources import FileSource, Sources

HEAD_BYTES = 65_536  # what ``recognise`` sees
RATIO_LIMIT = 200  # unpacked bytes for each packed one; telemetry packs 10 to 30 times
_FREE_BYTES = 64 << 20  # unpacked bytes that need no ratio
_GZIP = b"\x1f\x8b"
_BROKEN = (EOFError, gzip.BadGzipFile, cast(type[Exception], isal_zlib.error))


def keyed(path: Path, context: Context) -> FileSource:
    """The identity of a file by its content: its source key, and whether it has grown.

    Raises:
        InputError: the file cannot be read.
    """
    return sources(context).identify(path)


def sources(context: Context) -> Sources:
    """What is known of the files that were read."""
    from soc.store.sources import Sources

    return Sources(context.store.home / "state" / "sources.sqlite")


def unreadable(path: Path, error: OSError) -> InputError:
    """The error of a file that the system does not give us."""
    return InputError(f"{path}: {error.strerror or error}: name a file that can be read")


def head(path: Path) -> bytes:
    """The first 64 KiB, unpacked where the file is packed by gzip.

    Raises:
        InputError: no regular file, empty, or not readable.
    """
    with opened(path) as stream:
        found = stream.read(HEAD_BYTES)
    if not found:
        raise InputError(f"{path}: is empty: wait until it holds something, or leave it out")
    return found


@contextmanager
def opened(path: Path, *, limit_bytes: int | None = None) -> Iterator[IO[bytes]]:
    """The bytes of a regular file, unpacked where it begins as gzip does.

    Args:
        limit_bytes: refuse a larger file.

    Raises:
        InputError: no regular file, not readable, too large, or its packing is broken or a bomb.
    """
    try:
        with _regular(path) as stream:
            size_bytes = os.fstat(stream.fileno()).st_size
            if limit_bytes is not None and size_bytes > limit_bytes:
                raise InputError(
                    f"{path}: {size_bytes >> 20} MiB: split it into files of at most "
                    f"{limit_bytes >> 20} MiB"
                )
            is_packed = stream.read(2) == _GZIP
            stream.seek(0)
            yield cast(IO[bytes], _Unpacked(stream, path)) if is_packed else stream
    except OSError as error:
        raise unreadable(path, error) from error


def _regular(path: Path) -> IO[bytes]:
    """Opened without waiting on a pipe; devices, pipes and folders are refused."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise InputError(f"{path}: is no regular file: name a file")
    return os.fdopen(descriptor, "rb")


class _Unpacked:
    """A gzip stream that refuses to unpack a bomb."""

    def __init__(self, packed: IO[bytes], path: Path) -> None:
        self._path = path
        self._size_bytes = os.fstat(packed.fileno()).st_size
        self._stream = cast(IO[bytes], cast(Any, igzip.IGzipFile)(fileobj=packed))

    def read(self, size: int = -1) -> bytes:
        try:
            found = self._stream.read(size)
        except _BROKEN as error:
            raise InputError(f"{self._path}: is broken gzip ({error}): copy it again") from error
        self._check()
        return found

    def seek(self, offset: int) -> int:
        return self._stream.seek(offset)

    def _check(self) -> None:
        unpacked_bytes = self._stream.tell()
        if unpacked_bytes > _FREE_BYTES + RATIO_LIMIT * self._size_bytes:
            raise InputError(
                f"{self._path}: unpacks to over {RATIO_LIMIT} times its size: "
                "unpack and check it by hand"
            )

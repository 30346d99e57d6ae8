"""Files of evidence on disk: named by their content, whole or not there, never overwritten."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

import orjson

from soc.errors import InputError, StoreError

_MODE = 0o640
_CHUNK_BYTES = 1 << 20


def written(folder: Path, name: str, data: bytes) -> None:
    """The folder durably holds the data under the name.

    Raises:
        StoreError: it cannot be written.
    """
    if standing(folder / name, name) == "ok":
        return
    with _made(folder) as part:
        part.write(data)
        _placed(part, folder / name)


def copied(source: Path, folder: Path) -> tuple[str, int]:
    """SHA-256 and size of a file of which the folder durably holds a copy under that name.

    Raises:
        InputError: it cannot be read.
        StoreError: the copy cannot be written.
    """
    digest, size = sha256(), 0
    try:
        original = source.open("rb")
    except OSError as error:
        raise InputError(f"{source}: {error.strerror}; name a file that can be read") from error
    with original, _made(folder) as part:
        while chunk := original.read(_CHUNK_BYTES):
            digest.update(chunk)
            size += part.write(chunk)
        _placed(part, folder / digest.hexdigest())
    return digest.hexdigest(), size


@contextmanager
def _made(folder: Path) -> Iterator[IO[bytes]]:
    """A file of no final name yet; it is gone afterwards unless it was placed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, prefix=".", delete=False) as part:
            try:
                yield part
            finally:
                Path(part.name).unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}; make room there") from error


def _placed(part: IO[bytes], path: Path) -> None:
    part.flush()
    os.fchmod(part.fileno(), _MODE)
    os.fsync(part.fileno())
    Path(part.name).replace(path)
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def standing(path: Path, digest: str) -> str:
    """``ok``, ``missing``, or ``altered``: its content is not what its name says."""
    try:
        with path.open("rb") as file:
            found = sha256()
            while chunk := file.read(_CHUNK_BYTES):
                found.update(chunk)
    except OSError:
        return "missing"
    return "ok" if found.hexdigest() == digest else "altered"


def lines(path: Path, limit: int) -> list[dict[str, Any]]:
    """The first rows of a whole file of rows."""
    with path.open("rb") as file:
        return [orjson.loads(line) for line in islice(file, limit)]

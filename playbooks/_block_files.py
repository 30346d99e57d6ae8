"""Blocklists on disk: replaced in one step, with digest and the version before it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from playbooks.blocklists import Entry
from soc.errors import StoreError
from soc.net import network


@dataclass(frozen=True, slots=True)
class Written:
    """One file of a list as it lies on disk."""

    path: Path
    sha256: str
    previous: Path | None  # the file that it replaced, for a way back
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Version:
    """A list as it was published: never changed afterwards."""

    number: int
    digest: str
    as_of: datetime
    entries: tuple[Entry, ...]
    note: Mapping[str, Any] = field(default_factory=dict)  # who, why, how many, digests of files


def publish(folder: Path, suffix: str, content: str | bytes) -> Written:
    """``blocklist<suffix>`` in the folder holds the content; a reader sees the old or the new one.

    Beside it lie its digest, as ``sha256sum -c`` reads it, and the file that it replaced.

    Raises:
        StoreError: it cannot be written; the file that was there is still whole.
    """
    path = folder / f"blocklist{suffix}"
    previous = folder / f"blocklist.previous{suffix}"
    data = content.encode() if isinstance(content, str) else content
    digest = sha256(data).hexdigest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        old = path.read_bytes() if path.exists() else None
        if old is not None and old != data:
            replace(previous, old)
        if old != data:
            replace(path, data)
        replace(path.with_name(f"{path.name}.sha256"), f"{digest}  {path.name}\n".encode())
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}; make room or name another --out") from error
    return Written(path, digest, previous if previous.exists() else None, old != data)


def replace(path: Path, data: bytes) -> None:
    """The file holds the data, durably and in one step."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as temporary:
        name = Path(temporary.name)
        try:
            temporary.write(data)
            temporary.flush()
            os.fsync(temporary.fileno())
            name.chmod(0o644)
            name.replace(path)
        except OSError:
            with suppress(OSError):
                name.unlink()
            raise
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def keep(folder: Path, version: Version) -> None:
    """Remember what was published, one file a version; one that is there stays as it is.

    Raises:
        StoreError: it cannot be written.
    """
    path = folder / f"{version.number}.json"
    if path.exists():
        return
    document = {
        **version.note,
        "version": version.number,
        "digest": version.digest,
        "as_of": version.as_of.isoformat(),
        "entries": [
            [e.network.cidr, e.expires_at.isoformat() if e.expires_at else None]
            for e in version.entries
        ],
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace(path, json.dumps(document, ensure_ascii=False).encode())
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}; make room there") from error


def numbers(folder: Path) -> list[int]:
    """Numbers of the versions that were published, in their order."""
    return sorted(int(path.stem) for path in folder.glob("*.json") if path.stem.isdecimal())


def latest(folder: Path) -> Version | None:
    """The version published last; None where none was.

    Raises:
        StoreError: its file cannot be read.
    """
    known = numbers(folder)
    return read(folder, known[-1]) if known else None


def read(folder: Path, number: int) -> Version:
    """A version that was published.

    Raises:
        StoreError: its file is not there, or cannot be read.
    """
    path = folder / f"{number}.json"
    try:
        return _read(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        known = ", ".join(map(str, numbers(folder)[-5:])) or "none yet"
        raise StoreError(f"blocklist {number}: no such version; published: {known}") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path}: cannot be read; move it away and export again") from error


def _read(document: dict[str, Any]) -> Version:
    entries = tuple(
        Entry(network(text), datetime.fromisoformat(end) if end else None)
        for text, end in document["entries"]
    )
    as_of = datetime.fromisoformat(document["as_of"])
    return Version(document["version"], document["digest"], as_of, entries)

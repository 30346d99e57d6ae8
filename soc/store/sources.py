"""Which source a file is, by its content: a ledger of prefixes in SQLite.

A file that begins with content known as one source is that source, grown; anything else is a
new one. Path and inode are only hints for people. Two processes that meet the same file give
it the same key.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from soc._audit_head import grouped
from soc.errors import InputError, StoreError, StoreUnavailable

BLOCK_BYTES = 64 << 10  # by the digest of the first block a file is looked up
CHUNK_BYTES = 1 << 20
KEPT_PREFIXES = 8  # by source: the first, and the longest of the others
BUSY_TIMEOUT_S = 30.0

_TABLES = """
CREATE TABLE IF NOT EXISTS source (
    key INTEGER PRIMARY KEY,
    block_length INTEGER NOT NULL,
    block_digest BLOB NOT NULL,
    path TEXT NOT NULL,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS source_block ON source (block_length, block_digest);
CREATE TABLE IF NOT EXISTS prefix (
    key INTEGER NOT NULL REFERENCES source,
    length INTEGER NOT NULL,
    digest BLOB NOT NULL,
    is_stored INTEGER NOT NULL,
    PRIMARY KEY (key, length)
) STRICT, WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file as it was when identified; read no more than ``size`` bytes of it."""

    key: int  # signed 64 bit: the first half of its events' ids
    path: Path
    size: int
    known_length: int  # bytes whose rows are stored; the log may hold more, never less
    is_known: bool  # it, or its beginning, was met before
    is_grown: bool  # it was stored up to ``known_length``, and there is more


@dataclass(frozen=True, slots=True)
class _Prefix:
    key: int
    length: int
    digest: bytes
    is_stored: bool


class Sources:
    """The ledger, in one SQLite file; safe among processes, one connection a call."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def identify(self, path: Path) -> FileSource:
        """The source that a regular file is; a new one is registered. Reads the file once.

        Raises:
            InputError: no regular file, not readable, or it shrank while it was read.
        """
        with _opened(path) as descriptor:
            facts = os.fstat(descriptor)
            content = _Content(path, descriptor, facts.st_size)
            if facts.st_size == 0:  # every file begins with nothing: not to be registered
                return FileSource(_key(_empty()), path, 0, 0, is_known=False, is_grown=False)
            while True:
                source = self._tried(content, facts)
                if source is not None:
                    return source

    def record(self, source: FileSource, length: int) -> None:
        """Note that the rows of the first ``length`` bytes are stored; call it after the append.

        Raises:
            InputError: the file is shorter by now.
        """
        if length <= 0:
            return
        with _opened(source.path) as descriptor:
            digest = _Content(source.path, descriptor, length).digests([length])[length]
        with self._writing() as ledger:
            ledger.execute(
                "INSERT INTO prefix VALUES (?, ?, ?, 1)"
                " ON CONFLICT (key, length) DO UPDATE SET digest = excluded.digest, is_stored = 1",
                (source.key, length, digest),
            )
            _prune(ledger, source.key)

    def _tried(self, content: _Content, facts: os.stat_result) -> FileSource | None:
        """Identify by what the ledger says now; None where that changed while the file was read."""
        with self._connected() as ledger:
            known = _candidates(ledger, content)
        lengths = [prefix.length for prefix in known if prefix.length <= content.size]
        digests = content.digests([*lengths, content.size])
        key = _same(known, digests, content.size)
        with self._writing() as ledger:
            if _candidates(ledger, content) != known:
                return None
            whole = digests[content.size]
            _register(ledger, _key(whole) if key is None else key, content, whole, facts)
        stored = [p.length for p in known if p.key == key and p.is_stored]
        length = max((n for n in stored if n <= content.size), default=0)
        return FileSource(
            _key(whole) if key is None else key,
            content.path,
            content.size,
            length,
            is_known=key is not None,
            is_grown=0 < length < content.size,
        )

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            grouped(self._path)
            with closing(
                sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            ) as ledger:
                ledger.execute("PRAGMA journal_mode = WAL")
                ledger.execute("PRAGMA synchronous = FULL")
                ledger.executescript(_TABLES)
                yield ledger
        except sqlite3.OperationalError as error:
            raise StoreUnavailable(f"{self._path}: {error}: run it again") from error
        except OSError as error:
            raise StoreUnavailable(f"{self._path}: {error.strerror}: make room there") from error
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: {error}: restore it from a backup") from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._connected() as ledger:
            ledger.execute("BEGIN IMMEDIATE")
            try:
                yield ledger
            except BaseException:
                ledger.execute("ROLLBACK")
                raise
            ledger.execute("COMMIT")


class _Content:
    """The first ``size`` bytes of an open file: its first block, and digests of prefixes."""

    def __init__(self, path: Path, descriptor: int, size: int) -> None:
        self.path = path
        self.size = size
        self._descriptor = descriptor
        self.block = self._read(0, min(size, BLOCK_BYTES))

    def digests(self, lengths: list[int]) -> dict[int, bytes]:
        """SHA-256 of each prefix, in one pass over the longest."""
        found: dict[int, bytes] = {}
        state, at = hashlib.sha256(), 0
        for length in sorted(set(lengths)):
            while at < length:
                chunk = self._read(at, min(CHUNK_BYTES, length - at))
                state.update(chunk)
                at += len(chunk)
            found[length] = state.copy().digest()
        return found

    def _read(self, at: int, count: int) -> bytes:
        try:
            chunk = os.pread(self._descriptor, count, at)
        except OSError as error:
            raise InputError(f"{self.path}: {error.strerror}: check the disk") from error
        if count and not chunk:
            raise InputError(f"{self.path}: shrank to {at} bytes while it was read: read it again")
        return chunk


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """A descriptor of a regular file; neither FIFO nor device can block or feed us."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: {reason}: name a file that can be read") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise InputError(f"{path}: no regular file: name a file")
        yield descriptor
    finally:
        os.close(descriptor)


def _candidates(ledger: sqlite3.Connection, content: _Content) -> list[_Prefix]:
    """Every prefix of the sources that begin with the same first block."""
    state, at = hashlib.sha256(), 0
    found: list[_Prefix] = []
    rows = ledger.execute(
        "SELECT DISTINCT block_length FROM source WHERE block_length <= ? ORDER BY 1",
        (len(content.block),),
    ).fetchall()
    for (length,) in rows:
        state.update(content.block[at:length])
        at = length
        found += [
            _Prefix(key, size, digest, bool(is_stored))
            for key, size, digest, is_stored in ledger.execute(
                "SELECT key, length, digest, is_stored FROM source JOIN prefix USING (key)"
                " WHERE block_length = ? AND block_digest = ? ORDER BY key, length",
                (length, state.copy().digest()),
            )
        ]
    return found


def _same(known: list[_Prefix], digests: dict[int, bytes], size: int) -> int | None:
    """The source whose content the file begins with; of several, the one it shares most with.

    A source counts by its longest prefix: a file that parts from it before that end is
    another one. A file that is exactly an earlier state of a source is that source.
    """
    longest: dict[int, _Prefix] = {}
    for prefix in known:
        longest[prefix.key] = prefix  # ascending by length
    fitting = [
        p
        for p in known
        if digests.get(p.length) == p.digest and (p is longest[p.key] or p.length == size)
    ]
    return max(fitting, key=lambda p: (p.length, p.key)).key if fitting else None


def _register(
    ledger: sqlite3.Connection, key: int, content: _Content, whole: bytes, facts: os.stat_result
) -> None:
    """Note the source and this state of it, not stored yet, so that a crash changes no key."""
    ledger.execute(
        "INSERT INTO source VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
        " path = excluded.path, device = excluded.device, inode = excluded.inode",
        (
            key,
            len(content.block),
            hashlib.sha256(content.block).digest(),
            str(content.path).encode("utf-8", "replace").decode(),
            facts.st_dev,
            _signed(facts.st_ino),
        ),
    )
    ledger.execute(
        "INSERT INTO prefix VALUES (?, ?, ?, 0) ON CONFLICT (key, length) DO NOTHING",
        (key, content.size, whole),
    )
    _prune(ledger, key)


def _prune(ledger: sqlite3.Connection, key: int) -> None:
    """Keep the first prefix, the longest that is stored, and the longest of the rest."""
    ledger.execute(
        "DELETE FROM prefix WHERE key = ?1 AND length NOT IN ("
        " SELECT min(length) FROM prefix WHERE key = ?1 UNION"
        " SELECT max(length) FROM prefix WHERE key = ?1 AND is_stored = 1 UNION"
        " SELECT * FROM (SELECT length FROM prefix WHERE key = ?1 ORDER BY 1 DESC LIMIT ?2))",
        (key, KEPT_PREFIXES),
    )


def _key(digest: bytes) -> int:
    return int.from_bytes(digest[:8], "big", signed=True)


def _empty() -> bytes:
    return hashlib.sha256(b"").digest()


def _signed(number: int) -> int:
    return number - (1 << 64) if number >= 1 << 63 else number

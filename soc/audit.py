"""The audit log: append-only lines, each of which holds the hash of the one before.

One file a host (NDJSON, canonical JSON). A line that is altered, missing, moved or cut off is
found by ``verify`` and named. Beside the file lies its head: how far it reached, so that lines
cut from its end are missed too. Whoever can write both files can rewrite history from there on:
keep a copy of the head elsewhere to prove a past state.
"""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from soc import _audit_head
from soc._audit_chain import Verdict, check, linked, parsed
from soc._audit_head import Head
from soc.errors import ScopeError, StoreUnavailable

if TYPE_CHECKING:
    from soc.errors import SocError
    from soc.records import Author

__all__ = ["Audit", "Verdict", "refusal"]

Entry = Mapping[str, Any]
_CHUNK_BYTES = 1 << 20  # written at once


class Audit:
    """One chain in one file; several processes and threads may append to it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, entry: Entry) -> str:
        """The hash of the entry, which is on disk; ``seq``, ``previous``, ``hash`` are set here.

        ``at`` and ``host`` are those of now and here unless given.

        Raises:
            StoreUnavailable: it could not be written; nothing was appended.
        """
        with self._locked():
            return self._extend(self._recovered(), [_stamped(entry)]).hash

    def refused(
        self, error: ScopeError, author: Author, kind: str, id: str, action: str, at: datetime
    ) -> None:
        """Append that something was refused; once an error, however often it is told on its way.

        Raises:
            StoreUnavailable: it could not be written.
        """
        if not error.is_audited:
            self.append(refusal(error, author, kind, id, action, at))
            error.is_audited = True

    def drain(self, store: str, read: Callable[[int], Iterable[tuple[int, Entry]]]) -> int:
        """Append the changes of a store that were not yet told; how many.

        Args:
            store: id of the store; the number of its last change told is kept with the chain.
            read: changes above a number, ascending, as (number, entry); called under the lock.

        Raises:
            StoreUnavailable: they could not be written; none was appended.
        """
        with self._locked():
            head = self._recovered()
            untold = read(head.stores.get(store, 0))
            entries = ({**entry, "store": store, "change": number} for number, entry in untold)
            return self._extend(head, entries).seq - head.seq

    def told(self, store: str) -> int:
        """Number of the last change of a store that stands in the chain; 0 if none."""
        with self._locked():
            return self._recovered().stores.get(store, 0)

    def verify(self) -> Verdict:
        """Whether the file is one whole chain; else its first broken line and why.

        Raises:
            StoreUnavailable: it cannot be read.
        """
        with self._locked():
            head = _audit_head.read(self._path)
            if not self._path.exists():
                return check((), head)
            with self._path.open("rb") as lines:
                return check(lines, head)

    def entries(self) -> Iterator[dict[str, Any]]:
        """Every entry whose line is sound, oldest first."""
        if not self._path.exists():
            return
        with self._path.open("rb") as lines:
            yield from (entry for entry in map(parsed, lines) if entry is not None)

    def _recovered(self) -> Head:
        """The head, caught up with what was written after it; an unfinished line is cut away.

        A file that lost lines is left as it is: the chain goes on from the head, so that
        ``verify`` names the gap for ever.
        """
        size = self._path.stat().st_size if self._path.exists() else 0
        head = _audit_head.read(self._path)
        remarks: list[Entry] = []
        if head is None:
            head = Head()
            _audit_head.write(self._path, head)
            remarks += [_remark("the head was missing")] if size else []
        if size < head.offset:
            return self._after_loss(head, size)
        head = self._caught_up(head)
        if head.offset < size:
            os.truncate(self._path, head.offset)
            remarks.append(_remark(f"an unfinished line of {size - head.offset} bytes was cut"))
        return self._extend(head, remarks) if remarks else head

    def _caught_up(self, head: Head) -> Head:
        """The head after every finished line; a broken one stays for ``verify`` to name."""
        if not self._path.exists():
            return head
        with self._path.open("rb") as file:
            file.seek(head.offset)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                entry = parsed(line)
                follows = entry and (entry["seq"], entry["previous"]) == (head.seq + 1, head.hash)
                head = head.after(entry, len(line)) if entry and follows else head.past(len(line))
        return head

    def _after_loss(self, head: Head, size: int) -> Head:
        with self._path.open("ab+") as file:
            if size:
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    size += file.write(b"\n")
        return head.past(size - head.offset)

    def _extend(self, head: Head, entries: Iterable[Entry]) -> Head:
        """The head after the entries, all of them durable; or none of them is there."""
        is_new = not self._path.exists()
        _audit_head.grouped(self._path)
        fd = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        try:
            start = os.fstat(fd).st_size
            try:
                reached = _written(fd, head, entries)
                os.fsync(fd)
            except BaseException:
                with suppress(OSError):
                    os.truncate(fd, start)
                raise
        finally:
            os.close(fd)
        if is_new:
            _flush_folder(self._path.parent)
        _audit_head.write(self._path, reached)
        return reached

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone among all processes and threads; errors of the system become ours."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside = self._path.with_name(self._path.name + ".lock")
            _audit_head.grouped(beside)
            with beside.open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise StoreUnavailable(
                f"{self._path}: {error.strerror or error}; make room or give it back"
            ) from error


def refusal(
    error: SocError, author: Author, kind: str, id: str, action: str, at: datetime
) -> dict[str, Any]:
    """The entry for something that was refused: who wanted what, and why not."""
    return {
        "action": "refused",
        "at": at,
        "host": author.host,
        "login": author.login,
        "person": author.person,
        "through": author.through,
        "kind": kind,
        "id": id,
        "wanted": action,
        "reason": str(error),
    }


def _stamped(entry: Entry) -> Entry:
    return {"at": datetime.now(UTC), "host": socket.gethostname(), **entry}


def _remark(reason: str) -> Entry:
    return _stamped({"action": "recovered", "kind": "audit", "id": "", "reason": reason})


def _written(fd: int, head: Head, entries: Iterable[Entry]) -> Head:
    lines: list[bytes] = []
    waiting = 0
    for entry in entries:
        line, digest = linked(entry, head.seq + 1, head.hash)
        head = head.after({**entry, "seq": head.seq + 1, "hash": digest}, len(line))
        lines.append(line)
        waiting += len(line)
        if waiting >= _CHUNK_BYTES:
            _write_all(fd, b"".join(lines))
            lines, waiting = [], 0
    _write_all(fd, b"".join(lines))
    return head


def _write_all(fd: int, block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(fd, rest) :]


def _flush_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)

"""How far a dataset's log was shipped, kept in the home so that a crash loses and doubles nothing.

Two places stand in one small file a dataset: everything before ``done`` has its final verdict;
nothing at or after ``intended`` was ever sent. What lies between is *uncertain* after a crash:
its ids are asked for before it is sent again. The file is replaced as a whole and fsynced.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from soc.errors import Conflict, StoreError, StoreUnavailable
from soc.store._log_parquet import make_folder, sync_folder


class Place(NamedTuple):
    """A place in a log: before row ``row`` (from 0) of what ``version`` appended."""

    version: int
    row: int = 0


BEGINNING = Place(0)


@dataclass(frozen=True, slots=True)
class Known:
    """What the home knows about one dataset."""

    done: Place = BEGINNING
    intended: Place = BEGINNING
    since: int = 0  # generation of the oldest backing index that may hold what is uncertain
    latest_us: int = 0  # nothing ingested later was ever sent; microseconds since 1970
    finished: tuple[str, ...] = ()  # files of forgotten versions that are decided

    @property
    def uncertain(self) -> bool:
        return self.intended > self.done


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """Errors of the disk under the block are ours.

    Raises:
        StoreUnavailable: no room, or not ours to write.
    """
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(
            f"{path}: {error.strerror or error}: make room or give the folder back; "
            "shipping goes on where it was"
        ) from error


class Home:
    """The folder ``ship/<namespace>`` of a home."""

    def __init__(self, home: Path, namespace: str) -> None:
        self.folder = home / "ship" / namespace

    def known(self, dataset: str) -> Known | None:
        """What is known of a dataset; None where it was never shipped from here.

        Raises:
            StoreError: the file is not what we wrote.
        """
        path = self._path(dataset)
        try:
            held = orjson.loads(path.read_bytes())
            places = Place(*held["done"]), Place(*held["intended"])
            finished = tuple(map(str, held["finished"]))
            return Known(*places, int(held["since"]), int(held["latest_us"]), finished)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"{path}: is damaged: delete it; what was shipped is asked for, not sent twice"
            ) from error

    def keep(self, dataset: str, known: Known) -> None:
        """What is known from now on, durably.

        Raises:
            StoreUnavailable: no room.
        """
        value = asdict(known) | {"done": [*known.done], "intended": [*known.intended]}
        replace(self._path(dataset), orjson.dumps(value))

    def _path(self, dataset: str) -> Path:
        return self.folder / f"{dataset}.position"

    @contextmanager
    def held(self) -> Iterator[None]:
        """The block runs in the one process that ships from this home.

        Raises:
            Conflict: another one does.
        """
        path = self.folder / "lock"
        with writable(path):
            make_folder(self.folder)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o660)
        try:
            _lock(descriptor, path)
            yield
        finally:
            os.close(descriptor)

    def is_held(self) -> bool:
        """True while a process ships from this home."""
        try:
            descriptor = os.open(self.folder / "lock", os.O_RDONLY)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        return False


def _lock(descriptor: int, path: Path) -> None:
    """Whoever only looks holds the lock for a moment: a second try passes over it."""
    for pause_s in (0.05, 0.2, 0.0):
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        time.sleep(pause_s)
    raise Conflict(f"{path}: another process ships from this home; see `soc store status`")


def replace(path: Path, data: bytes, *, durable: bool = True) -> None:
    """The file holds the data, or what it held before: never half of it.

    Raises:
        StoreUnavailable: no room.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with writable(path):
        try:
            make_folder(path.parent)
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            part.replace(path)
            if durable:
                sync_folder(path.parent)
        except OSError:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise


def plain(path: Path) -> Any:
    """A JSON file's content; None where there is none that can be read."""
    try:
        return orjson.loads(path.read_bytes())
    except (OSError, ValueError):
        return None

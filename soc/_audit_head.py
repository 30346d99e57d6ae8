"""How far an audit file has come, kept beside it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

GENESIS = "0" * 64  # what the first entry follows


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: last entry, its hash, bytes up to it, and how far each store is told."""

    seq: int = 0
    hash: str = GENESIS
    offset: int = 0
    stores: Mapping[str, int] = field(default_factory=dict)  # store id -> number of last change

    @property
    def mark(self) -> tuple[int, str]:
        return self.seq, self.hash

    def after(self, entry: Mapping[str, Any], size: int) -> Head:
        """The head once this entry of ``size`` bytes is the last one."""
        stores = self.stores
        if "store" in entry:
            stores = {**stores, entry["store"]: entry["change"]}
        return Head(entry["seq"], entry["hash"], self.offset + size, stores)

    def past(self, size: int) -> Head:
        """The same entry, but so many bytes further on in the file."""
        return replace(self, offset=self.offset + size)


def path_of(log: Path) -> Path:
    return log.with_name(log.name + ".head")


def read(log: Path) -> Head | None:
    """The head beside a log; None where there is none that can be read."""
    try:
        held = orjson.loads(path_of(log).read_bytes())
        return Head(held["seq"], held["hash"], held["offset"], held["stores"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def write(log: Path, head: Head) -> None:
    """Replace the head; after a loss of power it may be an older one, which is true as well."""
    document = {
        "seq": head.seq,
        "hash": head.hash,
        "offset": head.offset,
        "stores": dict(head.stores),
    }
    fresh = log.with_name(log.name + ".head.new")
    fresh.unlink(missing_ok=True)
    grouped(fresh)
    fresh.write_bytes(orjson.dumps(document))
    fresh.replace(path_of(log))


def grouped(path: Path) -> None:
    """The file exists; made here it is its group's to write, whatever the umask: a site's
    people share one home."""
    with suppress(FileExistsError):
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o660)
        try:
            os.fchmod(fd, 0o660)
        finally:
            os.close(fd)

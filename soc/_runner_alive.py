"""Which process does a run's work, and whether it has ended without a word (Linux: proc(5))."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Self

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = Path("/proc/self/ns/pid")
_ENDED = ("Z", "X")  # states of a process that nobody has buried yet


@dataclass(frozen=True, slots=True)
class Worker:
    """A process: its number, when it began, and where that number means it."""

    pid: int
    ticks: int  # start since boot; 0: not known
    home: int  # host, boot and pid namespace; 0: not known
    nonce: int  # tells runs of one process apart

    @classmethod
    def here(cls) -> Self:
        """This process, with a new nonce."""
        pid = os.getpid()
        _, ticks = _stat(pid)
        return cls(pid, ticks, home(), secrets.randbits(48))

    @classmethod
    def read(cls, marks: Mapping[str, int]) -> Self | None:
        """The one that ``marks`` wrote down, if any."""
        try:
            return cls(*(marks[f"worker_{name}"] for name in cls.__slots__))
        except KeyError:
            return None

    def marks(self) -> dict[str, int]:
        """Whole numbers that tell it again."""
        return {f"worker_{name}": int(getattr(self, name)) for name in self.__slots__}

    def holder(self, host: str) -> str:
        """Its name on a lease."""
        return f"{host}:{self.pid}:{self.nonce:x}"

    @property
    def is_dead(self) -> bool:
        """True where this host can tell that it has ended; never of another host's."""
        if not self.home or self.home != home() or not self.ticks:
            return False
        state, ticks = _stat(self.pid)
        return state in _ENDED or ticks != self.ticks


@cache
def home() -> int:
    """A number for this host, boot and pid namespace; 0 where they cannot be told."""
    try:
        parts = (os.uname().nodename, _BOOT.read_text().strip(), str(_NAMESPACE.readlink()))
    except OSError:
        return 0
    return int.from_bytes(blake2b("|".join(parts).encode(), digest_size=6).digest()) or 1


def _stat(pid: int) -> tuple[str, int]:
    """State and start of a process; "X" and 0 where there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return "X", 0
    fields = text.rpartition(")")[2].split()
    return fields[0], int(fields[19])

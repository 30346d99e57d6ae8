"""Blocklists: one module a format of a firewall. Copy ``plain.py`` to write a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from soc.net import Network


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a blocklist: a network in canonical form, and until when."""

    network: Network
    expires_at: datetime | None = None
    reason: str = ""  # one line, for formats that carry comments
    no: str = ""  # 封堵单号


class Blocklist(Protocol):
    """What ``playbooks/blocklists/<format>.py`` offers."""

    SUFFIX: str  # of the file, with the dot
    CAPACITY: int | None  # entries that the consumer takes; None: no limit known

    def render(self, entries: Sequence[Entry], at: datetime, version: int) -> str:
        """The whole file: canonical, sorted, the same bytes for the same arguments."""

    def parse(self, text: str) -> list[Network]:
        """The networks of a rendered file: ``parse(render(entries))`` is the entries' networks.

        Raises:
            InputError: a line that this format does not have.
        """

"""Blocklists: one module a format of a firewall. Copy ``plain.py`` to write a new one.

Beside what ``Blocklist`` names a format may say ``EXPIRES = False`` (it knows no ends, so gets
the fewest networks), ``BOM = True``, and ``LONGEST_S``, the longest timeout of its consumer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from soc.net import Network


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a blocklist: a network in canonical form, and until when."""

    network: Network
    expires_at: datetime | None = None
    reason: str = ""  # for formats that say more than the network
    no: str = ""  # 封堵单号
    direction: str = ""  # source, destination, both
    hits: int | None = None  # before it was blocked
    approved_by: str = ""  # login


def valid_until(entries: Iterable[Entry]) -> str:
    """The time after which nothing of the list stands, for the comment of a file."""
    ends = [entry.expires_at for entry in entries]
    latest = None if None in ends else max((end for end in ends if end), default=None)
    return latest.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if latest else "withdrawn"


class Blocklist(Protocol):
    """What ``playbooks/blocklists/<format>.py`` offers."""

    SUFFIX: str  # of the file, with the dot
    CAPACITY: int | None  # entries that the consumer takes; None: no limit known

    def render(self, entries: Sequence[Entry], at: datetime, version: int) -> str | bytes:
        """The whole file: canonical, sorted, the same bytes for the same arguments.

        Text is written as UTF-8. Times for people are told in the zone of ``at``.
        """

    def parse(self, text: str | bytes) -> list[Network]:
        """The networks of what ``render`` gave: ``parse(render(entries))`` is those of the entries.

        Raises:
            InputError: a line that this format does not have.
        """

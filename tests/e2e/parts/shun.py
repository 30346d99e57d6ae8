"""Shun lists: ``shun`` and a network a line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from playbooks.blocklists import Entry
from soc.errors import InputError
from soc.net import Network, network

SUFFIX = ".shun"
CAPACITY: int | None = 100_000
EXPIRES = False


def render(entries: Sequence[Entry], at: datetime, version: int) -> str:
    """One line an entry, sorted by family and address."""
    return "".join(f"shun {found}\n" for found in sorted(entry.network for entry in entries))


def parse(text: str) -> list[Network]:
    """The networks of a shun list.

    Raises:
        InputError: a line of another form, or no line feed at the end.
    """
    if text and not text.endswith("\n"):
        raise InputError("shun list: the last line is cut off; fetch the list again")
    return [_line(line) for line in text.split("\n")[:-1]]


def _line(line: str) -> Network:
    word, _, written = line.partition(" ")
    found = network(written)
    if word != "shun" or str(found) != written:
        raise InputError(f"shun list: {line[:80]!r}: write shun {found}")
    return found

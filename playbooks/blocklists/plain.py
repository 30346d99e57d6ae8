"""Plain list: one canonical address or prefix a line, LF, nothing else.

Taken as an external feed or alias by most firewalls. Devices that dislike comments are the
reason why there are none; an end of validity cannot be said, so the list must be fetched anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from playbooks.blocklists import Entry
from soc.errors import InputError
from soc.net import Network, network

SUFFIX = ".txt"
CAPACITY: int | None = None
EXPIRES = False  # entries are merged whatever their ends


def render(entries: Sequence[Entry], at: datetime, version: int) -> str:
    """One line an entry, sorted by family and address."""
    return "".join(f"{found}\n" for found in sorted(entry.network for entry in entries))


def parse(text: str) -> list[Network]:
    """The networks of a plain list.

    Raises:
        InputError: a line that is no canonical network, or no line feed at the end.
    """
    if text and not text.endswith("\n"):
        raise InputError("plain list: the last line is cut off; fetch the list again")
    return [_line(number, line) for number, line in enumerate(text.split("\n")[:-1], start=1)]


def _line(number: int, line: str) -> Network:
    found = network(line)
    if str(found) != line:
        raise InputError(f"plain list: line {number}: {line[:80]!r}: write {found}")
    return found

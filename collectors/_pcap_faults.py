"""What a file of packets or datagrams could not give."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Faults:
    """Counts of what could not be read."""

    broken: int = 0  # packets that are cut, or malformed up to UDP
    fragments: int = 0  # of IP; they are not put together
    other: int = 0  # packets that are no UDP
    trailing: int = 0  # octets after the datagram of a file that holds one
    is_torn: bool = False  # the file is broken from some place on

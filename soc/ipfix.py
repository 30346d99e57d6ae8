"""Information elements of NetFlow version 9 and IPFIX: number, name and kind.

Version 9 counts elements 1 to 127 as IPFIX does (RFC 7012, section 7), so one table serves
both; where a version 9 exporter means something else by a number, its collector says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache

VARIABLE = 65_535  # field length that stands for "variable" (RFC 7011, section 7)
REVERSE = 29_305  # enterprise of the other direction of a biflow (RFC 5103, section 6.1)
ENTERPRISE_BIT = 0x8000  # set in an IPFIX element number that an enterprise number follows


class Kind(Enum):
    """Abstract data type of an element (RFC 7012, section 3.1)."""

    UNSIGNED = "u"
    SIGNED = "s"
    FLOAT = "f"
    BOOLEAN = "b"
    IPV4 = "4"
    IPV6 = "6"
    MAC = "m"
    TEXT = "t"
    OCTETS = "o"
    LIST = "l"
    SECONDS = "ds"
    MILLISECONDS = "dm"
    MICROSECONDS = "du"
    NANOSECONDS = "dn"


@dataclass(frozen=True, slots=True)
class Element:
    """One information element; ``enterprise`` 0 is the registry of IANA."""

    enterprise: int
    number: int
    name: str
    kind: Kind


@cache
def elements() -> dict[tuple[int, int], Element]:
    """Every known element by (enterprise, number)."""
    from soc._ipfix_elements import IANA
    from soc._ipfix_elements_300 import ENTERPRISE, IANA_FROM_300

    rows = [("0 " + row).split() for row in (IANA + IANA_FROM_300).split("\n") if row]
    rows += [row.split() for row in ENTERPRISE.split("\n") if row]
    return {
        (int(enterprise), int(number)): Element(int(enterprise), int(number), name, Kind(kind))
        for enterprise, number, name, kind in rows
    }


def element(number: int, enterprise: int = 0) -> Element | None:
    """The element of that number; of a reverse element (RFC 5103) the forward one, renamed.

    None where the number is in no table.
    """
    if enterprise == REVERSE:
        forward = elements().get((0, number))
        if forward is None:
            return None
        name = f"reverse{forward.name[0].upper()}{forward.name[1:]}"
        return Element(REVERSE, number, name, forward.kind)
    return elements().get((enterprise, number))


def name(number: int, enterprise: int = 0) -> str:
    """Its name, or ``ie<number>`` / ``e<enterprise>.<number>`` where it is in no table."""
    known = element(number, enterprise)
    if known is not None:
        return known.name
    return f"e{enterprise}.{number}" if enterprise else f"ie{number}"


@cache
def numbers() -> dict[str, int]:
    """Numbers of the elements of IANA by name."""
    return {e.name: e.number for (enterprise, _), e in elements().items() if enterprise == 0}

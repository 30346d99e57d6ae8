"""NetFlow version 9 and IPFIX messages cut into sets, and their templates read.

Everything here is pure and total: any bytes give a value, a fault is a value too.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from soc.ipfix import ENTERPRISE_BIT

SCOPE_V9 = -9  # enterprise that we give to scope types of version 9, which are no elements
HEADER_OCTETS = {5: 24, 9: 20, 10: 16}
V5_RECORD_OCTETS = 48
MAX_FIELDS = 512  # a template may declare 65,535; none in the field comes near this

_TWO = Struct(">HH")
_THREE = Struct(">HHH")
_LONG = Struct(">I")


class Spec(NamedTuple):
    """A field of a template; length 65,535 is variable."""

    enterprise: int
    number: int
    length: int


class Template(NamedTuple):
    """A definition as received; no specs: a withdrawal, or one that cannot be used."""

    number: int
    specs: tuple[Spec, ...]
    scopes: int  # leading fields that are scope
    is_options: bool
    is_withdrawal: bool = False


class Cut(NamedTuple):
    """A set inside its message."""

    number: int
    start: int  # first octet after the set header
    end: int


def sets(data: bytes, version: int) -> list[Cut] | None:
    """The sets of a message; None where it is malformed and shall be discarded whole.

    Octets after the last set are padding where they are zero (seen: a kilobyte of them).
    RFC 3954, section 5; RFC 7011, sections 3.3 and 9.1.
    """
    end = len(data)
    if version == 10:
        declared = _TWO.unpack_from(data)[1]
        if not 16 <= declared <= end:
            return None
        end = declared
    at = HEADER_OCTETS[version]
    found: list[Cut] = []
    while at + 4 <= end:
        number, length = _TWO.unpack_from(data, at)
        if length < 4 or at + length > end:
            return found if is_zero(data, at, end) else None
        found.append(Cut(number, at + 4, at + length))
        at += length
    return found if is_zero(data, at, end) else None


def is_zero(data: bytes, start: int, end: int) -> bool:
    """True where all octets from start to end are zero, or there are none."""
    return start >= end or data.count(0, start, end) == end - start


def templates(data: bytes, cut: Cut, version: int) -> list[Template] | None:
    """The definitions in a template set; None where the set is malformed.

    Sets 0 and 1 are those of version 9, 2 and 3 those of IPFIX.
    """
    read = _READERS.get((version, cut.number))
    if read is None:
        return []
    found: list[Template] = []
    at = cut.start
    while cut.end - at >= 4:
        if is_zero(data, at, cut.end):
            break
        template, at = read(data, at, cut.end)
        if template is None:
            return None
        found.append(template)
    return found


def _v9_template(data: bytes, at: int, end: int) -> tuple[Template | None, int]:
    number, count = _TWO.unpack_from(data, at)
    specs, at = _specs_v9(data, at + 4, end, count)
    return _template(number, specs, 0, is_options=False), at


def _v9_options(data: bytes, at: int, end: int) -> tuple[Template | None, int]:
    """Lengths here are in octets (RFC 3954, section 6.1); scope types are no elements."""
    if end - at < 6:
        return None, at
    number, scope_octets, option_octets = _THREE.unpack_from(data, at)
    scopes = scope_octets // 4
    specs, at = _specs_v9(data, at + 6, end, scopes + option_octets // 4)
    if specs is not None:
        scoped = tuple(Spec(SCOPE_V9, s.number, s.length) for s in specs[:scopes])
        specs = scoped + specs[scopes:]
    # what remains of a version 9 options set is padding or another definition
    return _template(number, specs, scopes, is_options=True), at


def _specs_v9(data: bytes, at: int, end: int, count: int) -> tuple[tuple[Spec, ...] | None, int]:
    stop = at + 4 * count
    if stop > end:
        return None, at
    return tuple(Spec(0, n, length) for n, length in _TWO.iter_unpack(data[at:stop])), stop


def _ipfix_template(data: bytes, at: int, end: int) -> tuple[Template | None, int]:
    number, count = _TWO.unpack_from(data, at)
    if count == 0:
        return Template(number, (), 0, is_options=False, is_withdrawal=True), at + 4
    specs, at = _specs_ipfix(data, at + 4, end, count)
    return _template(number, specs, 0, is_options=False), at


def _ipfix_options(data: bytes, at: int, end: int) -> tuple[Template | None, int]:
    """Counts here are of fields, scope included (RFC 7011, section 3.4.2.2)."""
    number, count = _TWO.unpack_from(data, at)
    if count == 0:
        return Template(number, (), 0, is_options=True, is_withdrawal=True), at + 4
    if end - at < 6:
        return None, at
    scopes = _THREE.unpack_from(data, at)[2]
    specs, at = _specs_ipfix(data, at + 6, end, count)
    return _template(number, specs, min(scopes, count), is_options=True), at


def _specs_ipfix(data: bytes, at: int, end: int, count: int) -> tuple[tuple[Spec, ...] | None, int]:
    specs = []
    for _ in range(count):
        if at + 4 > end:
            return None, at
        number, length = _TWO.unpack_from(data, at)
        at += 4
        enterprise = 0
        if number & ENTERPRISE_BIT:
            if at + 4 > end:
                return None, at
            enterprise = _LONG.unpack_from(data, at)[0]
            number &= ~ENTERPRISE_BIT
            at += 4
        specs.append(Spec(enterprise, number, length))
    return tuple(specs), at


def _template(
    number: int, specs: tuple[Spec, ...] | None, scopes: int, *, is_options: bool
) -> Template | None:
    """None where malformed; one beyond our bounds stays, empty, so that it ends the old one."""
    if specs is None or number < 256:
        return None
    usable = specs if len(specs) <= MAX_FIELDS else ()
    return Template(number, usable, scopes, is_options)


_READERS = {
    (9, 0): _v9_template,
    (9, 1): _v9_options,
    (10, 2): _ipfix_template,
    (10, 3): _ipfix_options,
}

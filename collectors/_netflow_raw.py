"""Datagrams of NetFlow in a row, as a file may hold them without any capture format around."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import IO

from collectors._netflow_wire import HEADER_OCTETS, V5_RECORD_OCTETS, is_zero
from collectors._pcap_faults import Faults

LONGEST = 65_535  # octets of a datagram
_READ = 1 << 20
_TWO = Struct(">HH")


def is_plausible(data: bytes) -> bool:
    """True where octets begin as a NetFlow datagram does, header and first set."""
    if len(data) < 24 or data[0]:
        return False
    version, length = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
    if version == 5:
        return 1 <= length <= 30 and len(data) >= 24 + length * V5_RECORD_OCTETS
    if version not in HEADER_OCTETS:
        return False
    at = HEADER_OCTETS[version]
    number, octets = _pair(data, at)
    if version == 10 and not at + octets <= length <= len(data):
        return False
    is_template = number in ((0, 1) if version == 9 else (2, 3))
    return (is_template or number >= 256) and 4 <= octets <= len(data) - at


def is_v5_by_size(data: bytes) -> bool:
    """True for version 5 in a whole number of records, whatever its header says of them."""
    records, rest = divmod(len(data) - 24, V5_RECORD_OCTETS)
    return data[:2] == b"\x00\x05" and 1 <= records <= 30 and not rest


def _pair(data: bytes, at: int) -> tuple[int, int]:
    number, octets = _TWO.unpack_from(data, at)
    return number, octets


def datagrams(stream: IO[bytes], faults: Faults) -> Iterator[bytes]:
    """The datagrams of a file one after another; what is none ends it, as one last piece.

    IPFIX and version 5 tell their length. Version 9 does not: a datagram ends where the
    version stands in the place of a set number, as numbers 2 to 255 are kept free there.

    A file no longer than a datagram is one datagram: what follows it is told in ``faults``.
    (Public datagrams of exporters are kept so, one a file.)
    """
    buffer, at, is_ended = stream.read(_READ), 0, False
    if len(buffer) <= LONGEST:
        first = buffer[: _length(buffer)]
        yield first
        if not is_zero(buffer, len(first), len(buffer)):
            faults.trailing = len(buffer) - len(first)
        return
    while True:
        if len(buffer) - at <= LONGEST + 4 and not is_ended:
            more = stream.read(_READ)
            buffer, at, is_ended = buffer[at:] + more, 0, not more
            continue
        piece = buffer[at : at + LONGEST + 1]
        if not piece:
            return
        length = _length(piece)
        yield piece[: LONGEST if length is None else length]
        if length is None:
            return
        at += length


def _length(buffer: bytes) -> int | None:
    """Octets of the first datagram; None: it is none, or the file ends inside it."""
    if len(buffer) < 24 or buffer[0]:
        return None
    version, declared = _TWO.unpack_from(buffer)
    if version == 10:
        return declared if 16 <= declared <= len(buffer) else None
    if version == 5:
        length = 24 + declared * V5_RECORD_OCTETS
        return length if declared and length <= len(buffer) else None
    return _length_v9(buffer) if version == 9 else None


def _length_v9(buffer: bytes) -> int:
    at = HEADER_OCTETS[9]
    end = min(len(buffer), LONGEST)
    while at + 4 <= end:
        number, octets = _TWO.unpack_from(buffer, at)
        if number in HEADER_OCTETS and is_plausible(buffer[at : at + LONGEST]):
            return at
        if octets < 4:
            return _padded(buffer, at, end)
        at += octets
    return end


def _padded(buffer: bytes, at: int, end: int) -> int:
    """Past zero octets; the zero that begins the next version number is not one of them."""
    while at + 4 <= end and is_zero(buffer, at, at + 4):
        at += 4
    return at if at + 4 <= end and is_plausible(buffer[at : at + LONGEST]) else end

"""UDP datagrams out of capture files: pcap and pcapng, in bounded memory.

Sources: the pcap and pcapng drafts of the IETF (opsawg), the registry of link types at
tcpdump.org. A file that ends inside a packet is read up to there: it may still be growing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import Struct
from typing import IO, NamedTuple

from collectors._pcap_faults import Faults
from collectors._pcap_udp import Udp, udp

LONGEST = 1 << 20  # octets of a packet; a longer one means that the file is broken
_MAGIC = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}  # order of octets, nanoseconds of a tick
_NG = b"\x0a\x0d\x0d\x0a"
_SECTION, _INTERFACE, _OLD_PACKET, _SIMPLE, _PACKET = 0x0A0D0D0A, 1, 2, 3, 6
_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_RESOLUTION, _OFFSET = 9, 14  # options of an interface


class Packet(NamedTuple):
    """One captured packet."""

    at_us: int
    link: int
    data: bytes
    length: int  # on the wire; longer than ``data`` where it was cut


@dataclass(frozen=True, slots=True)
class _Interface:
    link: int
    ticks: int  # a second
    offset_s: int


def is_capture(head: bytes) -> bool:
    """True where a file begins as a capture does."""
    return head[:4] in _MAGIC or head[:4] == _NG


def datagrams(stream: IO[bytes], faults: Faults) -> Iterator[tuple[int, Udp]]:
    """Microseconds of UTC and datagram of every whole UDP packet, in file order."""
    for packet in packets(stream, faults):
        found = udp(packet.link, packet.data)
        if isinstance(found, Udp):
            yield packet.at_us, found
        elif found == "broken":
            faults.broken += 1
        elif found == "fragment":
            faults.fragments += 1
        else:
            faults.other += 1


def packets(stream: IO[bytes], faults: Faults) -> Iterator[Packet]:
    """Every packet of a capture; none where the file is none."""
    magic = stream.read(4)
    if magic in _MAGIC:
        order, tick_ns = _MAGIC[magic]
        yield from _classic(stream, order, tick_ns, faults)
    elif magic == _NG:
        yield from _next_generation(stream, faults)


def _classic(stream: IO[bytes], order: str, tick_ns: int, faults: Faults) -> Iterator[Packet]:
    head = stream.read(20)
    if len(head) < 20:
        return
    link = Struct(order + "16xI").unpack(head)[0] & 0x0FFF_FFFF  # above: check sequence
    read = Struct(order + "IIII")
    while len(head := stream.read(16)) == 16:
        seconds, part, captured, length = read.unpack(head)
        if captured > LONGEST:
            faults.is_torn = True
            return
        data = stream.read(captured)
        if len(data) < captured:
            return
        yield Packet(seconds * 1_000_000 + part * tick_ns // 1_000, link, data, length)


@dataclass(slots=True)
class _Section:
    """What the blocks of a pcapng section share."""

    order: str = "<"
    interfaces: list[_Interface] = field(default_factory=list)


def _next_generation(stream: IO[bytes], faults: Faults) -> Iterator[Packet]:
    section = _Section()
    kind_octets: bytes = _NG
    while len(kind_octets) == 4:
        body = _block(stream, kind_octets, section)
        if body is None:
            faults.is_torn = bool(stream.read(1))
            return
        kind = int.from_bytes(kind_octets, "little" if section.order == "<" else "big")
        if kind == _INTERFACE:
            section.interfaces.append(_interface(body, section.order))
        elif kind in (_PACKET, _OLD_PACKET, _SIMPLE):
            packet = _packet(kind, body, section)
            if packet is None:
                faults.broken += 1
            else:
                yield packet
        kind_octets = stream.read(4)


def _block(stream: IO[bytes], kind: bytes, section: _Section) -> bytes | None:
    """The body of a block, of a section header too; None where it does not fit together."""
    raw = stream.read(4)
    start = b""
    if kind == _NG:
        start = stream.read(4)
        if start not in _ORDERS:
            return None
        section.order, section.interfaces = _ORDERS[start], []
    if len(raw) < 4:
        return None
    length = Struct(section.order + "I").unpack(raw)[0]
    left = length - 8 - len(start)
    if length % 4 or not 4 <= left <= LONGEST + 256:
        return None
    rest = stream.read(left)
    return start + rest[:-4] if len(rest) == left else None


def _interface(body: bytes, order: str) -> _Interface:
    if len(body) < 8:
        return _Interface(-1, 1_000_000, 0)
    ticks, offset_s = 1_000_000, 0
    for code, value in _options(body[8:], order):
        if code == _RESOLUTION and value:
            exponent = value[0] & 0x7F
            ticks = 2**exponent if value[0] & 0x80 else 10 ** min(exponent, 20)
        elif code == _OFFSET and len(value) == 8:
            offset_s = Struct(order + "q").unpack(value)[0]
    return _Interface(Struct(order + "H").unpack_from(body)[0], ticks, offset_s)


def _options(raw: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    read = Struct(order + "HH")
    at = 0
    while at + 4 <= len(raw):
        code, length = read.unpack_from(raw, at)
        if code == 0:
            return
        yield code, raw[at + 4 : at + 4 + length]
        at += 4 + length + -length % 4


def _packet(kind: int, body: bytes, section: _Section) -> Packet | None:
    """The packet of a block; a simple one has no time, which is told as -1."""
    order = section.order
    if kind == _SIMPLE:
        if len(body) < 4 or not section.interfaces:
            return None
        length = Struct(order + "I").unpack_from(body)[0]
        return Packet(-1, section.interfaces[0].link, body[4 : 4 + length], length)
    if len(body) < 20:
        return None
    layout = "HHIIII" if kind == _OLD_PACKET else "IIIII"
    index, *_, high, low, captured, length = Struct(order + layout).unpack_from(body)
    if index >= len(section.interfaces) or captured > len(body) - 20:
        return None
    interface = section.interfaces[index]
    ticks = (high << 32) | low
    at_us = interface.offset_s * 1_000_000 + ticks * 1_000_000 // interface.ticks
    return Packet(_plausible(at_us), interface.link, body[20 : 20 + captured], length)


def _plausible(at_us: int) -> int:
    """A time that fits 64 bit, or -1 for unknown."""
    return at_us if 0 <= at_us < 1 << 62 else -1

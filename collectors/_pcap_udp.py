"""The UDP datagram inside a captured frame, or why there is none."""

from __future__ import annotations

from struct import Struct
from typing import Literal, NamedTuple

_TWO = Struct(">HH")
_UDP = 17
_MAPPED = bytes(10) + b"\xff\xff"
_VLAN = (0x8100, 0x88A8, 0x9100, 0x9200)
_MPLS = (0x8847, 0x8848)
_IPV4, _IPV6 = 0x0800, 0x86DD
_EXTENSIONS = (0, 43, 60, 135, 139, 140)  # of IPv6, those that tell their own length
_LONGEST_CHAIN = 12
# Link types: where the type of the payload stands, and where the payload begins.
_TYPED = {1: (12, 14), 113: (14, 16), 276: (0, 20)}
_RAW = (12, 14, 101, 228, 229)
_LOOPBACK = (0, 108)

Why = Literal["other", "broken", "fragment"]


class Udp(NamedTuple):
    """A datagram; addresses are 16 octets, IPv4 mapped."""

    source: bytes
    source_port: int
    destination: bytes
    destination_port: int
    payload: bytes


def udp(link: int, frame: bytes) -> Udp | Why:
    """The datagram of a frame: Ethernet, Linux cooked, raw IP or loopback, VLANs and MPLS passed.

    "broken" is UDP that is cut short or does not fit together; "other" is anything else.
    """
    at = _network(link, frame)
    if at is None or at >= len(frame):
        return "other"
    version = frame[at] >> 4
    if version == 4:
        return _ipv4(frame, at)
    return _ipv6(frame, at) if version == 6 else "other"


def _network(link: int, frame: bytes) -> int | None:
    """Where the IP header begins; None: there is none."""
    if link in _RAW:
        return 0
    if link in _LOOPBACK:
        return 4
    if link not in _TYPED:
        return None
    type_at, at = _TYPED[link]
    if len(frame) < at:
        return None
    kind = int.from_bytes(frame[type_at : type_at + 2], "big")
    while kind in _VLAN and at + 4 <= len(frame):
        kind = int.from_bytes(frame[at + 2 : at + 4], "big")
        at += 4
    if kind in _MPLS:
        return _below_labels(frame, at)
    return at if kind in (_IPV4, _IPV6) else None


def _below_labels(frame: bytes, at: int) -> int | None:
    """Past a stack of MPLS labels (RFC 3032): the last has its lowest bit of octet 3 set."""
    while at + 4 <= len(frame):
        at += 4
        if frame[at - 2] & 1:
            return at
    return None


def _ipv4(frame: bytes, at: int) -> Udp | Why:
    if len(frame) < at + 20:
        return "other"
    header = (frame[at] & 15) * 4
    total, fragment = _TWO.unpack_from(frame, at + 2)[0], _TWO.unpack_from(frame, at + 4)[1]
    if frame[at + 9] != _UDP:
        return "other"
    if fragment & 0x3FFF:
        return "fragment"
    if header < 20 or total < header:
        return "broken"
    end = min(at + total, len(frame))
    source, destination = frame[at + 12 : at + 16], frame[at + 16 : at + 20]
    return _datagram(frame, at + header, end, _MAPPED + source, _MAPPED + destination)


def _ipv6(frame: bytes, at: int) -> Udp | Why:
    if len(frame) < at + 40:
        return "other"
    payload, kind = _TWO.unpack_from(frame, at + 4)[0], frame[at + 6]
    source, destination = frame[at + 8 : at + 24], frame[at + 24 : at + 40]
    end = min(at + 40 + payload, len(frame))
    at += 40
    for _ in range(_LONGEST_CHAIN):
        if kind == _UDP:
            return _datagram(frame, at, end, source, destination)
        if kind == 44:
            return "fragment"
        if kind not in _EXTENSIONS or at + 8 > end:
            return "other"
        kind, at = frame[at], at + 8 + 8 * frame[at + 1]
    return "other"


def _datagram(frame: bytes, at: int, end: int, source: bytes, destination: bytes) -> Udp | Why:
    if at + 8 > end:
        return "broken"
    source_port, destination_port = _TWO.unpack_from(frame, at)
    length = _TWO.unpack_from(frame, at + 4)[0]
    if length < 8 or at + length > end:
        return "broken"
    payload = frame[at + 8 : at + length]
    return Udp(source, source_port, destination, destination_port, payload)

"""Community ID version 1: one name for both directions of a conversation.

Source: corelight/community-id-spec. It costs more than decoding a flow, so it is computed when
asked for or exported, never on the way in.
"""

from __future__ import annotations

from binascii import b2a_base64
from hashlib import sha1
from struct import pack
from typing import TYPE_CHECKING, Any

from soc import net
from soc.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAPPED = bytes(10) + b"\xff\xff"
_ICMP, _ICMP6 = 1, 58
_WITH_PORTS = (6, 17, 132)
# ICMP types that answer each other; a type without a partner goes one way.
_PARTNERS: dict[int, dict[int, int]] = {
    _ICMP: {8: 0, 0: 8, 13: 14, 14: 13, 15: 16, 16: 15, 17: 18, 18: 17, 10: 9, 9: 10},
    _ICMP6: {
        128: 129, 129: 128, 133: 134, 134: 133, 135: 136, 136: 135, 130: 131, 131: 130,
        144: 145, 145: 144, 139: 140, 140: 139,
    },
}  # fmt: skip
_OF_ICMP = ("soc.icmp_type", "soc.icmp_code")
_OF_PORTS = ("source.port", "destination.port")


def community_id(
    source: str,
    destination: str,
    protocol: int,
    source_port: int | None = None,
    destination_port: int | None = None,
    *,
    seed: int = 0,
) -> str:
    """``1:`` and the digest in Base64. For ICMP the ports are type and code.

    Raises:
        InputError: an end is no address.
    """
    ends = _octets(net.twin(source)), _octets(net.twin(destination))
    return _digest(*ends, protocol, source_port, destination_port, seed)


def community_id_of(row: Mapping[str, Any]) -> str | None:
    """The id of an event's conversation; None where a part that it is made of is missing."""
    source, destination = row.get("source.ip"), row.get("destination.ip")
    protocol = row.get("network.iana_number")
    if source is None or destination is None or protocol is None:
        return None
    names = _OF_ICMP if protocol in _PARTNERS else _OF_PORTS
    told = [row.get(name) for name in names]
    if None in told and protocol in (*_WITH_PORTS, *_PARTNERS):
        return None
    try:
        return community_id(source, destination, protocol, *told)
    except InputError:  # a device wrote no address
        return None


def _digest(
    source: bytes,
    destination: bytes,
    protocol: int,
    source_port: int | None,
    destination_port: int | None,
    seed: int,
) -> str:
    """Ends in order, smaller first; the end with the smaller port where addresses are equal."""
    first, second, is_one_way = _ports(protocol, source_port, destination_port)
    if not is_one_way and (source, first) > (destination, second):
        source, destination, first, second = destination, source, second, first
    tail = b"" if protocol not in (*_WITH_PORTS, *_PARTNERS) else pack(">HH", first, second)
    whole = pack(">H", seed) + source + destination + pack(">BB", protocol, 0) + tail
    return "1:" + b2a_base64(sha1(whole, usedforsecurity=False).digest(), newline=False).decode()


def _ports(
    protocol: int, source_port: int | None, destination_port: int | None
) -> tuple[int, int, bool]:
    """Both ports as they are hashed, and whether the ends keep their order."""
    first, second = source_port or 0, destination_port or 0
    if protocol not in _PARTNERS:
        return first, second, False
    partner = _PARTNERS[protocol].get(first)
    return (first, second, True) if partner is None else (first, partner, False)


def _octets(twin: bytes) -> bytes:
    """Four octets of a mapped IPv4 address, else sixteen."""
    return twin[12:] if twin.startswith(_MAPPED) else twin

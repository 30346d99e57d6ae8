"""Text columns written from numbers, each distinct value once."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]

_MAPPED = np.uint64(0xFFFF_0000)
_LOW = np.uint64(0xFFFF_FFFF)

# IANA protocol numbers under the names that ECS uses for network.transport.
TRANSPORTS = {
    1: "icmp", 2: "igmp", 4: "ipip", 6: "tcp", 8: "egp", 9: "igp", 17: "udp", 33: "dccp",
    41: "ipv6", 43: "ipv6-route", 44: "ipv6-frag", 46: "rsvp", 47: "gre", 50: "esp", 51: "ah",
    58: "ipv6-icmp", 59: "ipv6-nonxt", 60: "ipv6-opts", 88: "eigrp", 89: "ospf", 94: "ipip-old",
    97: "etherip", 103: "pim", 108: "ipcomp", 112: "vrrp", 115: "l2tp", 124: "isis",
    132: "sctp", 136: "udplite", 137: "mpls-in-ip",
}  # fmt: skip
# firewallEvent (IPFIX 233), also as Cisco ASA sends it.
ACTIONS = {1: "flow-created", 2: "flow-deleted", 3: "flow-denied", 4: "flow-alert"}
ACTIONS |= {5: "flow-updated"}


def validity(mask: Mask | None) -> Any:
    """The validity bitmap of a mask; None where all is valid."""
    if mask is None or mask.all():
        return None
    return pa.py_buffer(np.packbits(mask, bitorder="little"))


def constant(value: str, count: int) -> Any:
    """One text on every row."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), [value])


def labelled(label: Ints, texts: Sequence[str]) -> Any:
    """Texts by number from 1 on; 0 is null."""
    indices = pa.array((label - 1).astype(np.int32), mask=label == 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(texts, pa.string()))


def decimals(values: Ints, mask: Mask | None) -> Any:
    """Numbers as text, for identifiers that are numbers only by chance."""
    encoded = _encoded(pa.int64(), values, mask)
    return pa.DictionaryArray.from_arrays(encoded.indices, encoded.dictionary.cast(pa.string()))


def macs(values: Ints, mask: Mask | None) -> Any:
    """MAC addresses as ECS writes them: AA-BB-CC-DD-EE-FF."""
    encoded = _encoded(pa.int64(), values, mask)
    written = [
        value.to_bytes(8, "big")[2:].hex("-").upper() for value in encoded.dictionary.to_pylist()
    ]
    return pa.DictionaryArray.from_arrays(encoded.indices, pa.array(written, pa.string()))


def transports(values: Ints, mask: Mask | None) -> Any:
    """Names of protocol numbers; null where there is none."""
    return _by_table(values, mask, "transports")


def actions(values: Ints, mask: Mask | None) -> Any:
    """What a firewall did with the flow."""
    return _by_table(values, mask, "actions")


def _by_table(values: Ints, mask: Mask | None, which: str) -> Any:
    places, names = _table(which)
    place = places[np.clip(values, -1, 256)]
    is_known = place >= 0 if mask is None else mask & (place >= 0)
    indices = pa.Array.from_buffers(
        pa.int32(), len(place), [validity(is_known), pa.py_buffer(place)]
    )
    return pa.DictionaryArray.from_arrays(indices, names)


@cache
def _table(which: str) -> tuple[npt.NDArray[np.int32], Any]:
    """Place in the dictionary by number; what is out of range finds the last two, -1."""
    names = {"transports": TRANSPORTS, "actions": ACTIONS}[which]
    places = np.full(258, -1, np.int32)
    for place, number in enumerate(names):
        places[number] = place
    return places, pa.array(list(names.values()), pa.string())


def families(words: Words, mask: Mask | None) -> Any:
    """ipv4 or ipv6, a row."""
    is_wide = (~is_mapped(words)).astype(np.int32)
    indices = pa.Array.from_buffers(
        pa.int32(), len(is_wide), [validity(mask), pa.py_buffer(is_wide)]
    )
    return pa.DictionaryArray.from_arrays(indices, pa.array(["ipv4", "ipv6"]))


def is_mapped(words: Words) -> Mask:
    """Where the 16 octets are an IPv4 address."""
    found: Mask = (words[:, 0] == 0) & ((words[:, 1] & _LOW) == _MAPPED)
    return found


def addresses(words: Words, mask: Mask | None) -> tuple[Any, Any]:
    """Addresses as text and as 16 octets, each distinct one written once."""
    narrow = is_mapped(words)
    if narrow.all():
        encoded = _encoded(pa.uint32(), _ipv4_octets(words), mask)
        return _pair(encoded.indices, encoded.dictionary, None)
    v4 = _encoded(pa.uint32(), _ipv4_octets(words[narrow]), None if mask is None else mask[narrow])
    wide = np.ascontiguousarray(words[~narrow])
    v6 = _encoded(pa.binary(16), wide, None if mask is None else mask[~narrow])
    place = np.empty(len(words), np.int32)
    place[narrow] = v4.indices.fill_null(0).to_numpy()
    place[~narrow] = v6.indices.fill_null(0).to_numpy() + len(v4.dictionary)
    indices = pa.Array.from_buffers(pa.int32(), len(place), [validity(mask), pa.py_buffer(place)])
    return _pair(indices, v4.dictionary, v6.dictionary)


def _pair(indices: Any, narrow: Any, wide: Any) -> tuple[Any, Any]:
    """The two columns over one set of indices: IPv4 addresses first, then IPv6."""
    octets = narrow.to_numpy()
    words = np.zeros((len(octets), 2), np.uint64)
    words[:, 1] = (octets.astype(np.uint64) << np.uint64(32)) | _MAPPED
    texts, raw = [_ipv4_texts(octets)], [_octets16(words)]
    if wide is not None:
        texts.append(pa.array([_ipv6_text(one) for one in wide.to_pylist()], pa.string()))
        raw.append(wide.cast(pa.binary()))
    return (
        pa.DictionaryArray.from_arrays(indices, pa.concat_arrays(texts)),
        pa.DictionaryArray.from_arrays(indices, pa.concat_arrays(raw)),
    )


def _octets16(words: Words) -> Any:
    ends = np.arange(0, 16 * len(words) + 1, 16, dtype=np.int32)
    data = pa.py_buffer(words)
    return pa.Array.from_buffers(pa.binary(), len(words), [None, pa.py_buffer(ends), data])


def _encoded(kind: Any, values: npt.NDArray[Any], mask: Mask | None) -> Any:
    data = pa.py_buffer(np.ascontiguousarray(values))
    array = pa.Array.from_buffers(kind, len(values), [validity(mask), data])
    return array.dictionary_encode()


def _ipv4_octets(words: Words) -> npt.NDArray[np.uint32]:
    return (words[:, 1] >> np.uint64(32)).astype(np.uint32)


def _ipv4_texts(distinct: npt.NDArray[np.uint32]) -> Any:
    """Dotted decimals: octets looked up as "ddd." and squeezed."""
    digits, used = _octet_texts()
    octets = distinct.view(np.uint8).reshape(-1, 4)
    keep = used[octets]
    keep[:, 3] &= digits[octets[:, 3]] != ord(".")
    flat = digits[octets][keep]
    ends = np.zeros(len(octets) + 1, np.int32)
    np.cumsum(keep.sum(axis=(1, 2)), out=ends[1:])
    return pa.Array.from_buffers(
        pa.string(), len(octets), [None, pa.py_buffer(ends), pa.py_buffer(flat)]
    )


@cache
def _octet_texts() -> tuple[npt.NDArray[np.uint8], Mask]:
    """For each octet four characters, and which of them count."""
    written = b"".join(f"{octet}.".ljust(4).encode() for octet in range(256))
    digits = np.frombuffer(written, np.uint8).reshape(256, 4)
    return digits, digits != ord(" ")


def _ipv6_text(raw: bytes) -> str:
    if raw.startswith(bytes(12)):  # inet_ntop writes these as IPv4, RFC 5952 does not
        return str(ipaddress.IPv6Address(raw))
    return socket.inet_ntop(socket.AF_INET6, raw)

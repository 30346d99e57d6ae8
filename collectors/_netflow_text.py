"""Text columns written from numbers, each distinct value once."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]

_MAPPED = np.uint64(0xFFFF_0000)
_FEW = 1 << 14
_MOST_KNOWN = 1 << 17
_MIX = np.uint64(0x9E37_79B9_7F4A_7C15)  # odd, of the golden ratio
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
    is_small = len(values) > 0 and values.max() < _FEW
    if is_small and (values.dtype.kind == "u" or values.min() >= 0):
        return _few(values.astype(np.int64, copy=False), mask)
    encoded = _encoded(pa.int64(), values.astype(np.int64), mask)
    return pa.DictionaryArray.from_arrays(encoded.indices, encoded.dictionary.cast(pa.string()))


def _few(values: Ints, mask: Mask | None) -> Any:
    """Small numbers as text, encoded by a table of those that occur."""
    occurs = np.bincount(values if mask is None else values[mask]) > 0
    places = np.zeros(int(values.max()) + 1, np.int32)
    places[: len(occurs)] = np.cumsum(occurs) - 1
    texts = pa.array(np.flatnonzero(occurs)).cast(pa.string())
    return pa.DictionaryArray.from_arrays(_indices(places.take(values), mask), texts)


def _indices(place: npt.NDArray[np.int32], mask: Mask | None) -> Any:
    return pa.Array.from_buffers(pa.int32(), len(place), [validity(mask), pa.py_buffer(place)])


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
    place = places.take(values if values.dtype == np.uint8 else np.clip(values, -1, 256))
    is_known = place >= 0 if mask is None else mask & (place >= 0)
    return pa.DictionaryArray.from_arrays(_indices(place, is_known), names)


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
    return pa.DictionaryArray.from_arrays(_indices(is_wide, mask), pa.array(["ipv4", "ipv6"]))


def is_mapped(words: Words) -> Mask:
    """Where the 16 octets are an IPv4 address."""
    found: Mask = (words[:, 0] == 0) & ((words[:, 1] & _LOW) == _MAPPED)
    return found


def addresses(words: Words, mask: Mask | None) -> tuple[Any, Any]:
    """Addresses as text and as 16 octets, each distinct one written once."""
    place, distinct = _distinct(words, mask)
    narrow = is_mapped(distinct)
    if narrow.all():
        texts = _ipv4_texts(_ipv4_octets(distinct))
    else:
        order = np.argsort(~narrow, kind="stable").astype(np.int32)  # IPv4 first
        rank = np.empty(len(order), np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        place, distinct = rank.take(place, mode="clip"), distinct[order]
        count = int(narrow.sum())
        v4 = _ipv4_texts(_ipv4_octets(distinct[:count]))
        texts = pa.concat_arrays([v4, _ipv6_texts(distinct[count:])])
    indices = _indices(place, mask)
    return (
        pa.DictionaryArray.from_arrays(indices, texts),
        pa.DictionaryArray.from_arrays(indices, _octets16(distinct)),
    )


def _distinct(words: Words, mask: Mask | None) -> tuple[npt.NDArray[np.int32], Words]:
    """Place of each row among the distinct addresses (masked rows: some place), and those.

    Both halves are mixed into one number, as that is quicker to hash; should two addresses
    ever mix to the same, they are compared as they are.
    """
    told = words if mask is None else words[mask]
    mixed = told[:, 1] ^ (told[:, 0] * _MIX)
    found, distinct = _places(_encoded(pa.uint64(), mixed, None), told)
    if (distinct.take(found, axis=0, mode="clip") != told).any():
        found, distinct = _places(_encoded(pa.binary(16), told, None), told)
    if mask is None:
        return found, distinct
    place = np.zeros(len(words), np.int32)
    place[mask] = found
    return place, distinct if len(distinct) else np.zeros((1, 2), np.uint64)


def _places(encoded: Any, told: Words) -> tuple[npt.NDArray[np.int32], Words]:
    found: npt.NDArray[np.int32] = encoded.indices.to_numpy()
    first = np.empty(len(encoded.dictionary), np.int64)
    first[found] = np.arange(len(found))  # any row of an address will do
    return found, told[first]


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
    octets = distinct.view(np.uint8).reshape(-1, 4)
    table = _octet_texts()
    keep = table.keep.take(octets)
    keep[:, 3] = table.keep_last.take(octets[:, 3])
    characters = table.characters.take(octets).view(np.uint8).ravel()
    length = table.length.take(octets)
    ends = np.zeros(len(octets) + 1, np.int32)
    np.cumsum(length[:, 0] + length[:, 1] + length[:, 2] + length[:, 3] - 1, out=ends[1:])
    flat = characters[keep.view(bool).ravel()]
    return pa.Array.from_buffers(
        pa.string(), len(octets), [None, pa.py_buffer(ends), pa.py_buffer(flat)]
    )


class _Octets(NamedTuple):
    """For each octet four characters, which of them count, there and at the end; how many."""

    characters: npt.NDArray[np.uint32]
    keep: npt.NDArray[np.uint32]
    keep_last: npt.NDArray[np.uint32]
    length: npt.NDArray[np.int32]


@cache
def _octet_texts() -> _Octets:
    written = b"".join(f"{octet}.".ljust(4).encode() for octet in range(256))
    digits = np.frombuffer(written, np.uint8).reshape(256, 4)
    keep, keep_last = digits != ord(" "), (digits != ord(" ")) & (digits != ord("."))
    return _Octets(
        digits.view(np.uint32)[:, 0],
        keep.view(np.uint32)[:, 0],
        keep_last.view(np.uint32)[:, 0],
        keep.sum(axis=1, dtype=np.int32),
    )


def _ipv6_texts(distinct: Words) -> Any:
    """The text of RFC 5952; inet_ntop gives that, but writes addresses of ::/96 as IPv4."""
    octets = distinct.view("V16")[:, 0].tolist()
    known = _ipv6_known()
    if len(known) > _MOST_KNOWN:
        known.clear()
    texts = list(map(known.get, octets))
    if None in texts:
        missing = set(octets).difference(known)
        known.update((raw, _ipv6_text(raw)) for raw in missing)
        texts = list(map(known.get, octets))
    return pa.array(texts, pa.string())


@cache
def _ipv6_known() -> dict[bytes, str]:
    """Texts written before: most addresses come again and again."""
    return {}


def _ipv6_text(raw: bytes) -> str:
    if raw.startswith(bytes(12)):
        return str(ipaddress.IPv6Address(raw))
    return socket.inet_ntop(socket.AF_INET6, raw)

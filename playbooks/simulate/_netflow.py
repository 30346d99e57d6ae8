"""Flows as an exporter would send them: NetFlow version 5 and 9 and IPFIX datagrams.

Columns go in as NumPy arrays under dotted ECS names, one row a flow:

* ``source.ip``, ``destination.ip``: (rows, 16) octets, IPv4 in the last four behind zeros or
  mapped; ``octets16`` makes them
* ``event.start``, ``event.end``: microseconds of UTC; the wire keeps milliseconds
* every other column of ``FIELDS``: numbers; an absent column is not exported
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from struct import pack
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from soc.ipfix import ENTERPRISE_BIT, REVERSE, VARIABLE

LONGEST = 1_400  # octets of a datagram
TEMPLATES = {4: 256, 6: 257}  # template number of each IP version
_MAPPED = bytes(10) + b"\xff\xff"
_V5_RECORDS = 28  # 30 would be longer than 1,400 octets
_WRAP = 1 << 32

Array = npt.NDArray[Any]


class Element(NamedTuple):
    """How a column travels: element and octets, of version 9 and of IPFIX."""

    v9: tuple[int, int]
    ipfix: tuple[int, int]
    enterprise: int = 0  # IPFIX only


FIELDS: Mapping[str, Element] = {
    "event.start": Element((22, 4), (152, 8)),
    "event.end": Element((21, 4), (153, 8)),
    "source.bytes": Element((1, 4), (1, 8)),
    "source.packets": Element((2, 4), (2, 8)),
    "destination.bytes": Element((23, 4), (1, 8), REVERSE),
    "destination.packets": Element((24, 4), (2, 8), REVERSE),
    "source.ip": Element((8, 4), (8, 4)),
    "destination.ip": Element((12, 4), (12, 4)),
    "source.port": Element((7, 2), (7, 2)),
    "destination.port": Element((11, 2), (11, 2)),
    "network.iana_number": Element((4, 1), (4, 1)),
    "soc.tcp_flags": Element((6, 1), (6, 1)),
    "soc.tos": Element((5, 1), (5, 1)),
    "observer.ingress.interface.id": Element((10, 4), (10, 4)),
    "observer.egress.interface.id": Element((14, 4), (14, 4)),
    "source.as.number": Element((16, 4), (16, 4)),
    "destination.as.number": Element((17, 4), (17, 4)),
    "network.vlan.id": Element((58, 2), (58, 2)),
    "soc.flow_direction": Element((61, 1), (61, 1)),
    "soc.end_reason": Element((136, 1), (136, 1)),
    "soc.sampling_rate": Element((34, 4), (34, 4)),
}
_WIDE = {"source.ip": 27, "destination.ip": 28}  # the elements of IPv6


@dataclass(frozen=True, kw_only=True)
class Exporter:
    """An exporter: what its headers say, and how it lays out its templates."""

    version: int = 9  # 5, 9 or 10
    domain: int = 0  # source id or observation domain
    boot_ms: int = 0  # when it was booted, milliseconds of UTC
    template_every: int = 20  # datagrams between two copies of the templates
    widths: Mapping[str, int] = field(default_factory=dict)  # octets, where not as usual
    order: Sequence[str] = ()  # columns of the template; none: as in FIELDS
    sequence: int = 0  # first sequence number


def octets16(addresses: Iterable[str]) -> npt.NDArray[np.uint8]:
    """Addresses as rows of 16 octets, IPv4 mapped."""
    rows = b"".join(_packed(address) for address in addresses)
    return np.frombuffer(rows, np.uint8).reshape(-1, 16)


def datagrams(
    columns: Mapping[str, Array],
    exporter: Exporter,
    *,
    variable: Mapping[int, Sequence[bytes]] | None = None,
    export_us: Array | None = None,
) -> Iterator[tuple[float, bytes]]:
    """Seconds of UTC and octets of each datagram, none longer than 1,400 octets, by time.

    Flows of one IP version share datagrams in the order given, so rows should be sorted by
    their end. ``export_us`` tells when each was exported; none: as soon as the last flow of a
    datagram has ended. ``variable`` adds IPFIX elements of variable length. Version 5 leaves
    out what it cannot say: IPv6 and all columns that its record lacks.
    """
    rows = len(columns["source.ip"])
    sent_us = columns["event.end"] if export_us is None else export_us
    pieces: list[tuple[int, int, int, bytes]] = []
    narrow = _is_ipv4(columns)
    for ip_version, chosen in ((4, np.flatnonzero(narrow)), (6, np.flatnonzero(~narrow))):
        if exporter.version == 5 and ip_version == 6:
            continue
        record = _records(columns, exporter, ip_version, chosen)
        texts = [[values[row] for row in chosen.tolist()] for values in (variable or {}).values()]
        for start, stop, octets in _cut(record, texts, exporter):
            at = int(sent_us[chosen[start:stop]].max())
            pieces.append((at, ip_version, stop - start, octets))
    pieces.sort(key=lambda piece: piece[0])
    if rows:
        yield from _messages(pieces, exporter, _templates(columns, exporter, variable or {}))


def _is_ipv4(columns: Mapping[str, Array]) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = (columns["source.ip"][:, :10] == 0).all(axis=1)
    return found


def _names(columns: Mapping[str, Array], exporter: Exporter) -> list[str]:
    return [name for name in exporter.order or FIELDS if name in columns]


def _element(name: str, exporter: Exporter, ip_version: int) -> tuple[int, int, int]:
    """Enterprise, number and octets of a column."""
    known = FIELDS[name]
    number, octets = known.v9 if exporter.version == 9 else known.ipfix
    if name in _WIDE and ip_version == 6:
        return 0, _WIDE[name], 16
    enterprise = known.enterprise if exporter.version == 10 else 0
    return enterprise, number, exporter.widths.get(name, octets)


def _records(
    columns: Mapping[str, Array], exporter: Exporter, ip_version: int, chosen: Array
) -> Array:
    """The rows chosen as they lie on the wire."""
    if exporter.version == 5:
        return _records_v5(columns, exporter, chosen)
    names = _names(columns, exporter)
    widths = [_element(name, exporter, ip_version)[2] for name in names]
    out = np.zeros(len(chosen), [(n, "u1", (w,)) for n, w in zip(names, widths, strict=True)])
    for name, width in zip(names, widths, strict=True):
        values = columns[name][chosen]
        if name in _WIDE:
            out[name] = values[:, 16 - width :]
        else:
            whole = _wire_number(name, values, exporter).astype(">u8")
            out[name] = whole.view(np.uint8).reshape(-1, 8)[:, 8 - width :]
    return out


def _wire_number(name: str, values: Array, exporter: Exporter) -> Array:
    """Times as milliseconds of UTC, or in versions 5 and 9 since boot, modulo 2^32."""
    if name not in ("event.start", "event.end"):
        return values
    milli = values // 1_000
    return milli if exporter.version == 10 else (milli - exporter.boot_ms) % _WRAP


_V5 = np.dtype(
    [
        ("source.ip", "u1", (4,)), ("destination.ip", "u1", (4,)), ("next_hop", ">u4"),
        ("observer.ingress.interface.id", ">u2"), ("observer.egress.interface.id", ">u2"),
        ("source.packets", ">u4"), ("source.bytes", ">u4"), ("event.start", ">u4"),
        ("event.end", ">u4"), ("source.port", ">u2"), ("destination.port", ">u2"),
        ("pad1", "u1"), ("soc.tcp_flags", "u1"), ("network.iana_number", "u1"),
        ("soc.tos", "u1"), ("source.as.number", ">u2"), ("destination.as.number", ">u2"),
        ("masks", ">u2"), ("pad2", ">u2"),
    ]
)  # fmt: skip


def _records_v5(columns: Mapping[str, Array], exporter: Exporter, chosen: Array) -> Array:
    out = np.zeros(len(chosen), _V5)
    for name in _V5.names or ():
        if name in _WIDE:
            out[name] = columns[name][chosen][:, 12:]
        elif name in columns:
            out[name] = _wire_number(name, columns[name][chosen], exporter)
    return out


def _cut(
    record: Array, texts: list[list[bytes]], exporter: Exporter
) -> Iterator[tuple[int, int, bytes]]:
    """Record runs that fit into a datagram: first row, row after the last, octets."""
    size = record.dtype.itemsize
    if not texts:
        most = _V5_RECORDS if exporter.version == 5 else (LONGEST - 24) // size
        for start in range(0, len(record), most):
            piece = record[start : start + most]
            yield start, start + len(piece), piece.tobytes()
        return
    start, octets = 0, 0
    parts: list[bytes] = []
    for row in range(len(record)):
        whole = record[row].tobytes() + b"".join(map(_prefixed, (t[row] for t in texts)))
        if octets + len(whole) > LONGEST - 24:
            yield start, row, b"".join(parts)
            start, parts, octets = row, [], 0
        parts.append(whole)
        octets += len(whole)
    if parts:
        yield start, len(record), b"".join(parts)


def _prefixed(text: bytes) -> bytes:
    """A variable-length value behind its length (RFC 7011, section 7)."""
    head = bytes([len(text)]) if len(text) < 255 else b"\xff" + pack(">H", len(text))
    return head + text


def _templates(
    columns: Mapping[str, Array], exporter: Exporter, variable: Mapping[int, Sequence[bytes]]
) -> bytes:
    """The template set for both IP versions; version 5 has none."""
    if exporter.version == 5:
        return b""
    body = b""
    for ip_version, number in TEMPLATES.items():
        elements = [_element(n, exporter, ip_version) for n in _names(columns, exporter)]
        elements += [(0, element, VARIABLE) for element in variable]
        body += pack(">HH", number, len(elements))
        for enterprise, element, octets in elements:
            if enterprise:
                body += pack(">HHI", element | ENTERPRISE_BIT, octets, enterprise)
            else:
                body += pack(">HH", element, octets)
    return pack(">HH", 2 if exporter.version == 10 else 0, len(body) + 4) + body


def _messages(
    pieces: list[tuple[int, int, int, bytes]], exporter: Exporter, templates: bytes
) -> Iterator[tuple[float, bytes]]:
    sequence = exporter.sequence
    for index, (at_us, ip_version, count, octets) in enumerate(pieces):
        seconds = -(-at_us // 1_000_000)  # no flow ends after its export
        if templates and index % exporter.template_every == 0:
            yield at_us / 1e6, _header(exporter, seconds, sequence, len(TEMPLATES), templates)
            sequence += exporter.version == 9
        body = octets
        if exporter.version != 5:
            padding = bytes(-len(octets) % 4) if exporter.version == 9 else b""
            length = 4 + len(octets) + len(padding)
            body = pack(">HH", TEMPLATES[ip_version], length) + octets + padding
        yield at_us / 1e6, _header(exporter, seconds, sequence, count, body)
        sequence = (sequence + (1 if exporter.version == 9 else count)) % _WRAP


def _header(exporter: Exporter, seconds: int, sequence: int, count: int, body: bytes) -> bytes:
    uptime_ms = (seconds * 1_000 - exporter.boot_ms) % _WRAP
    if exporter.version == 10:
        length = 16 + len(body)
        return pack(">HHIII", 10, length, seconds, sequence, exporter.domain) + body
    if exporter.version == 9:
        return pack(">HHIIII", 9, count, uptime_ms, seconds, sequence, exporter.domain) + body
    engine = exporter.domain & 0xFFFF
    return pack(">HHIIIIHH", 5, count, uptime_ms, seconds, 0, sequence, engine, 0) + body


def _packed(address: str) -> bytes:
    found = ipaddress.ip_address(address)
    return found.packed if found.version == 6 else _MAPPED + found.packed

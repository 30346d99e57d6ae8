"""UDP datagrams as a capture file: what a sniffer before the collector would have stored."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable
from pathlib import Path
from struct import pack

Endpoint = tuple[str, int]  # address, port

_MAC = bytes.fromhex("020000000002020000000001")  # locally administered, both ends
_UDP = 17


def write_pcap(
    path: Path, datagrams: Iterable[tuple[float, bytes]], *, source: Endpoint, destination: Endpoint
) -> int:
    """Write (seconds of UTC, payload) as an Ethernet capture with microseconds; their number.

    Both ends are IPv4 or both IPv6.
    """
    count = 0
    with path.open("wb") as file:
        file.write(pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1))
        for seconds, payload in datagrams:
            frame = ethernet(payload, source, destination)
            micro = round(seconds * 1_000_000)
            head = pack("<IIII", micro // 1_000_000, micro % 1_000_000, len(frame), len(frame))
            file.write(head + frame)
            count += 1
        file.flush()
        os.fsync(file.fileno())
    return count


def ethernet(payload: bytes, source: Endpoint, destination: Endpoint) -> bytes:
    """An Ethernet frame that holds one UDP datagram."""
    from_ = ipaddress.ip_address(source[0]).packed
    to = ipaddress.ip_address(destination[0]).packed
    udp = _udp(payload, from_, to, source[1], destination[1])
    if len(from_) == 16:
        head = pack(">IHBB", 6 << 28, len(udp), _UDP, 64) + from_ + to
        return _MAC + b"\x86\xdd" + head + udp
    head = pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0x4000, 64, _UDP, 0) + from_ + to
    head = head[:10] + pack(">H", _checksum(head)) + head[12:]
    return _MAC + b"\x08\x00" + head + udp


def _udp(payload: bytes, from_: bytes, to: bytes, source: int, destination: int) -> bytes:
    length = 8 + len(payload)
    head = pack(">HHHH", source, destination, length, 0)
    pseudo = from_ + to + (pack(">IHBB", length, 0, 0, _UDP) if len(to) == 16 else b"")
    if len(to) == 4:
        pseudo += pack(">BBH", 0, _UDP, length)
    checksum = _checksum(pseudo + head + payload) or 0xFFFF
    return head[:6] + pack(">H", checksum) + payload


def _checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071): one's complement of the sum of 16-bit words."""
    if len(data) % 2:
        data += b"\0"
    # 2^16 is 1 modulo 2^16 - 1, so the sum of all words is the whole number modulo 2^16 - 1
    total = int.from_bytes(data, "big") % 0xFFFF
    return 0xFFFF - total if total else (0 if any(data) else 0xFFFF)

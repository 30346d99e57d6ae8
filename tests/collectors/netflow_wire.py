"""NetFlow messages spelled out by hand, for tests of their decoder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from struct import pack
from typing import Any

from collectors._netflow_decoder import UNKNOWN, Decoder
from collectors._netflow_flush import Share
from collectors._netflow_session import Exporter
from playbooks.simulate._pcap import write_pcap
from soc.batch import Batch, Tally

SECONDS = 1_773_800_000  # export time of messages, 2026-03-18
UPTIME_MS = 3_600_000
EDGE = Exporter(bytes(10) + b"\xff\xff" + bytes([192, 0, 2, 1]), 2_055)
Field = tuple[int, int] | tuple[int, int, int]  # number, length, enterprise


def v9(*sets: bytes, sequence: int = 0, domain: int = 0, count: int = 1, **head: int) -> bytes:
    """A version 9 message."""
    uptime_ms, seconds = head.get("uptime_ms", UPTIME_MS), head.get("seconds", SECONDS)
    return pack(">HHIIII", 9, count, uptime_ms, seconds, sequence, domain) + b"".join(sets)


def ipfix(*sets: bytes, sequence: int = 0, domain: int = 0, seconds: int = SECONDS) -> bytes:
    """An IPFIX message."""
    body = b"".join(sets)
    return pack(">HHIII", 10, 16 + len(body), seconds, sequence, domain) + body


def v5(*records: bytes, sequence: int = 0, sampling: int = 0, **head: int) -> bytes:
    """A version 5 message."""
    uptime_ms, nanoseconds = head.get("uptime_ms", UPTIME_MS), head.get("nanoseconds", 0)
    start = pack(">HHIIII", 5, len(records), uptime_ms, SECONDS, nanoseconds, sequence)
    return start + pack(">BBH", 0, 0, sampling) + b"".join(records)


def v5_record(first_ms: int = 0, last_ms: int = 0, octets: int = 40) -> bytes:
    """One flow of 198.51.100.7:40000 to 192.0.2.9:443 over TCP."""
    ends = bytes([198, 51, 100, 7, 192, 0, 2, 9, 0, 0, 0, 0])
    counts = pack(">HHIIIIHH", 3, 4, 1, octets, first_ms, last_ms, 40_000, 443)
    return ends + counts + pack(">BBBBHHBBH", 0, 0x1B, 6, 0, 64_496, 64_497, 24, 24, 0)


def a_set(number: int, *parts: bytes, padding: int = 0) -> bytes:
    """A set with whatever body."""
    body = b"".join(parts) + bytes(padding)
    return pack(">HH", number, 4 + len(body)) + body


def template(number: int, *fields: Field, version: int = 9) -> bytes:
    """A template set with one template."""
    head = pack(">HH", number, len(fields))
    return a_set(0 if version == 9 else 2, head, *map(_field, fields))


def options9(number: int, scopes: Sequence[Field], fields: Sequence[Field]) -> bytes:
    """An options template set of version 9: lengths in octets."""
    head = pack(">HHH", number, 4 * len(scopes), 4 * len(fields))
    return a_set(1, head, *map(_field, (*scopes, *fields)))


def options10(number: int, scopes: Sequence[Field], fields: Sequence[Field]) -> bytes:
    """An options template set of IPFIX: counts of fields."""
    head = pack(">HHH", number, len(scopes) + len(fields), len(scopes))
    return a_set(3, head, *map(_field, (*scopes, *fields)))


def _field(field: Field) -> bytes:
    if len(field) == 3:
        return pack(">HHI", field[0] | 0x8000, field[1], field[2])
    return pack(">HH", *field)


def flow(octets: int = 40, port: int = 443) -> bytes:
    """A record of ``FLOW``."""
    return bytes([198, 51, 100, 7, 192, 0, 2, 9]) + pack(">HIB", port, octets, 6)


FLOW: tuple[Field, ...] = ((8, 4), (12, 4), (11, 2), (1, 4), (4, 1))
FLOW_TEMPLATE = template(256, *FLOW)


def decoded(
    *data: bytes, exporter: Exporter = UNKNOWN, every: int = 0, source: int = 7
) -> list[Batch]:
    """All batches of datagrams; flushed each ``every`` datagrams, else at the end."""
    decoder = Decoder(Share(None, "imported"))
    return list(_batches(decoder, data, exporter, every, source))


def _batches(
    decoder: Decoder, data: Iterable[bytes], exporter: Exporter, every: int, source: int
) -> Iterable[Batch]:
    for index, one in enumerate(data, 1):
        decoder.feed([(one, exporter, -1)], source)
        if every and index % every == 0:
            yield from decoder.flush()
    yield from decoder.settle(source)


def rows(batches: Iterable[Batch]) -> list[dict[str, Any]]:
    """Rows of batches, without what is null."""
    found = [row for b in batches if b.rows is not None for row in b.rows.to_pylist()]
    return [{name: value for name, value in row.items() if value is not None} for row in found]


def tally(batches: Iterable[Batch]) -> Tally:
    """The counts of all batches."""
    return sum((batch.tally for batch in batches), Tally())


def capture(path: Path, *data: bytes, source: tuple[str, int] = ("192.0.2.1", 2_055)) -> Path:
    """The datagrams as a capture, one a second."""
    timed = [(float(SECONDS + index), one) for index, one in enumerate(data)]
    other = "2001:db8::9" if ":" in source[0] else "192.0.2.250"
    write_pcap(path, timed, source=source, destination=(other, 2_055))
    return path

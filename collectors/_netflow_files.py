"""Files of NetFlow, captures or bare datagrams, read through one decoder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from collectors import _netflow_raw as raw
from collectors import _pcap as pcap
from collectors._files import HEAD_BYTES, keyed, opened
from collectors._netflow_decoder import UNKNOWN, Arrived, Decoder
from collectors._netflow_session import Exporter
from collectors._pcap_faults import Faults
from soc.batch import Batch

if TYPE_CHECKING:
    from pathlib import Path

    from collectors._netflow_allow import Allowed
    from soc.context import Context


def read(
    paths: tuple[Path, ...], context: Context, decoder: Decoder, allowed: Allowed
) -> Iterator[Batch]:
    """Batches of all files in the order given; templates of one serve the next.

    Raises:
        InputError: a file cannot be read.
    """
    key = 0
    for path in paths:
        key = keyed(path, context).key
        decoder.place, decoder.fed = str(path), 0
        faults = Faults()
        with opened(path) as stream:
            heard = (one for one in arrived(stream, faults) if allowed(one[1]))
            yield from decoder.take(heard, key)
        _tell(faults, decoder, key)
        yield from decoder.flush()
    yield from decoder.settle(key)


def arrived(stream: IO[bytes], faults: Faults) -> Iterator[Arrived]:
    """The datagrams of a file: the UDP payloads of a capture, else the file as it is."""
    is_capture = pcap.is_capture(stream.read(4))
    stream.seek(0)
    if not is_capture:
        for data in raw.datagrams(stream, faults):
            yield data, UNKNOWN, -1
        return
    known: dict[tuple[bytes, int], Exporter] = {}
    for at_us, udp in pcap.datagrams(stream, faults):
        key = udp[:2]
        exporter = known.get(key)
        if exporter is None:
            exporter = known[key] = Exporter(*key)
        yield udp.payload, exporter, at_us


def _tell(faults: Faults, decoder: Decoder, key: int) -> None:
    """Count what the file could not give."""
    for count, what, remedy in (
        (faults.broken, "packets cut short", "capture whole packets (snap length 0)"),
        (faults.fragments, "fragments of IP", "let the exporter send under 1,400 octets"),
    ):
        if count:
            decoder.pending.refuse(key, decoder.place, f"{count} {what}", remedy)
            decoder.pending.of(key).refused += count - 1
    if faults.trailing:
        what = f"{faults.trailing} octets after the datagram"
        remedy = "keep one datagram a file, or a capture of them"
        decoder.pending.refuse(key, decoder.place, what, remedy)
    if faults.is_torn:
        remedy = "left out from there on; copy it again"
        decoder.pending.refuse(key, decoder.place, "a broken capture", remedy)


def is_netflow(head: bytes) -> bool:
    """True where the begin of a file holds a NetFlow datagram, bare or in a capture."""
    import io

    if not pcap.is_capture(head):
        return raw.is_plausible(head) or raw.is_v5_by_size(head)
    found = arrived(io.BytesIO(head[:HEAD_BYTES]), Faults())
    return any(raw.is_plausible(one[0]) for one in found)

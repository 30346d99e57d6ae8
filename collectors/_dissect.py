"""The few packets that an analyst picks, taken apart layer by layer.

By pyshark where tshark is installed: it knows three thousand protocols. By scapy elsewhere: it
knows fewer and needs nothing beside it. Neither is fit for bulk; collectors never use them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any

from collectors._pcap import is_capture
from soc.errors import InputError, ToolError

MOST = 50  # packets of one call


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a packet: its name, and its fields as text in the order of the wire."""

    name: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet by its number in the capture, the first is 1."""

    number: int
    layers: tuple[Layer, ...]


def dissect(path: Path, numbers: Sequence[int]) -> tuple[str, list[Packet]]:
    """Which library did it, and the packets of these numbers that the capture holds.

    Raises:
        InputError: the capture cannot be read, or more than 50 packets are asked for.
        ToolError: tshark failed.
    """
    wanted = sorted(set(numbers))
    if not 0 < len(wanted) <= MOST or wanted[0] < 1:
        raise InputError(f"{path}: pick 1 to {MOST} packets by number, the first is 1")
    if not path.is_file():
        raise InputError(f"{path}: is no file; name a capture")
    if not _is_capture(path):  # of a file that it cannot read pyshark complains twice
        raise InputError(f"{path}: is no capture; name a pcap or pcapng")
    if which("tshark"):
        return "pyshark", list(_by_pyshark(path, wanted))
    return "scapy", list(_by_scapy(path, wanted))


def _is_capture(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return is_capture(stream.read(4))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; name a file that can be read") from error


def _by_pyshark(path: Path, numbers: Sequence[int]) -> Iterator[Packet]:
    import pyshark
    from pyshark.capture.capture import TSharkCrashException

    chosen = " or ".join(f"frame.number == {number}" for number in numbers)
    try:
        with closing(pyshark.FileCapture(str(path), display_filter=chosen)) as capture:
            for packet in capture:
                layers = tuple(_told_by_tshark(layer) for layer in packet.layers)
                yield Packet(int(packet.number), layers)
    except TSharkCrashException as error:
        raise ToolError(f"{path}: tshark failed ({error}); is it a capture?") from error


def _told_by_tshark(layer: Any) -> Layer:
    shown = ((name, layer.get_field(name)) for name in layer.field_names if name)
    fields = tuple((name, _text(f.showname or f.show)) for name, f in shown if f is not None)
    return Layer(layer.layer_name, fields)


def _by_scapy(path: Path, numbers: Sequence[int]) -> Iterator[Packet]:
    from scapy.error import Scapy_Exception
    from scapy.layers import dns, http, inet, inet6, l2  # noqa: F401 - importing teaches scapy
    from scapy.utils import PcapReader

    wanted = set(numbers)
    try:
        with path.open("rb") as stream, _opened(PcapReader, stream) as reader:
            for number, packet in enumerate(reader, start=1):
                if number in wanted:
                    yield Packet(number, tuple(_told_by_scapy(packet)))
                if number >= max(wanted):
                    return
    except (Scapy_Exception, OSError, EOFError) as error:
        raise InputError(f"{path}: is no capture ({error}); name a pcap or pcapng") from error


def _opened(reader: Any, stream: Any) -> Any:
    """scapy takes an open file too, and leaves one open that it opened and cannot read."""
    return reader(stream)


def _told_by_scapy(packet: Any) -> Iterator[Layer]:
    from scapy.packet import NoPayload

    layer = packet
    while not isinstance(layer, NoPayload):
        names = [field.name for field in layer.fields_desc]
        yield Layer(layer.name, tuple((name, _text(layer.getfieldval(name))) for name in names))
        layer = layer.payload


def _text(value: object) -> str:
    """One line of printable text."""
    line = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)[:500]

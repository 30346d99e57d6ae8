"""UDP out of captures: formats, link types, and captures that are broken."""

from __future__ import annotations

import io
from pathlib import Path
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors._pcap import datagrams, is_capture, packets
from collectors._pcap_faults import Faults
from collectors._pcap_udp import Udp, udp
from playbooks.simulate._pcap import ethernet
from tests.reference import reference

V4 = ("192.0.2.1", 40_000), ("192.0.2.9", 2_055)
V6 = ("2001:db8::1", 40_000), ("2001:db8::9", 2_055)
PAYLOAD = b"flows"


def classic(*frames: bytes, order: str = "<", magic: int = 0xA1B2C3D4, link: int = 1) -> bytes:
    data = pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65_535, link)
    for index, frame in enumerate(frames):
        data += pack(order + "IIII", 1_000 + index, 250_000, len(frame), len(frame)) + frame
    return data


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    length = pack(order + "I", 12 + len(body))
    return pack(order + "I", kind) + length + body + length


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link: int = 1, options: bytes = b"", order: str = "<") -> bytes:
    return block(1, pack(order + "HHI", link, 0, 0) + options, order)


def enhanced(frame: bytes, ticks: int, index: int = 0, order: str = "<") -> bytes:
    head = pack(order + "IIIII", index, ticks >> 32, ticks & 0xFFFF_FFFF, len(frame), len(frame))
    return block(6, head + frame, order)


def found(data: bytes) -> tuple[list[tuple[int, bytes]], Faults]:
    faults = Faults()
    return [(at, one.payload) for at, one in datagrams(io.BytesIO(data), faults)], faults


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_capture_in_either_order_of_octets_gives_time_and_payload(order: str) -> None:
    data = classic(ethernet(PAYLOAD, *V4), ethernet(b"", *V6), order=order)

    assert found(data)[0] == [(1_000_250_000, PAYLOAD), (1_001_250_000, b"")]


def test_nanoseconds_are_cut_to_microseconds() -> None:
    data = classic(ethernet(PAYLOAD, *V4), magic=0xA1B23C4D)

    assert found(data)[0] == [(1_000_000_250, PAYLOAD)]


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_gives_the_same(order: str) -> None:
    data = section(order) + interface(order=order)
    data += enhanced(ethernet(PAYLOAD, *V4), 1_000_250_000, order=order)

    assert found(data)[0] == [(1_000_250_000, PAYLOAD)]


def test_an_interface_of_pcapng_tells_its_ticks_and_offset() -> None:
    options = pack("<HHB3x", 9, 1, 9) + pack("<HHq", 14, 8, 5) + pack("<HH", 0, 0)
    data = section() + interface() + interface(options=options)
    data += enhanced(ethernet(PAYLOAD, *V4), 2_000_000_500, index=1)

    assert found(data)[0] == [(7_000_000, PAYLOAD)]


def test_sections_of_pcapng_have_interfaces_of_their_own() -> None:
    one = section() + interface() + enhanced(ethernet(PAYLOAD, *V4), 1)
    other = section(">") + interface(order=">") + enhanced(ethernet(b"x", *V4), 2, order=">")

    assert [payload for _, payload in found(one + other)[0]] == [PAYLOAD, b"x"]


def test_a_simple_packet_has_no_time() -> None:
    frame = ethernet(PAYLOAD, *V4)
    data = section() + interface() + block(3, pack("<I", len(frame)) + frame)

    assert found(data)[0] == [(-1, PAYLOAD)]


def test_a_capture_that_ends_inside_a_packet_gives_those_before_it() -> None:
    data = classic(ethernet(PAYLOAD, *V4), ethernet(PAYLOAD, *V4))

    taken, faults = found(data[:-3])

    assert len(taken) == 1
    assert faults == Faults()


def test_a_capture_with_an_impossible_length_is_broken_from_there() -> None:
    data = classic(ethernet(PAYLOAD, *V4)) + pack("<IIII", 1, 1, 1 << 30, 1 << 30) + bytes(50)

    taken, faults = found(data)

    assert (len(taken), faults.is_torn) == (1, True)


IP4, IP6 = ethernet(PAYLOAD, *V4)[14:], ethernet(PAYLOAD, *V6)[14:]


@pytest.mark.parametrize(
    ("link", "frame"),
    [
        (1, bytes(12) + b"\x08\x00" + IP4),
        (1, bytes(12) + b"\x86\xdd" + IP6),
        (1, bytes(12) + b"\x81\x00\x00\x07\x08\x00" + IP4),
        (1, bytes(12) + b"\x88\xa8\x00\x07\x81\x00\x00\x08\x86\xdd" + IP6),
        (1, bytes(12) + b"\x88\x47\x00\x01\x00\x40\x00\x02\x01\x40" + IP4),
        (113, bytes(14) + b"\x08\x00" + IP4),
        (113, bytes(14) + b"\x86\xdd" + IP6),
        (276, b"\x08\x00" + bytes(18) + IP4),
        (276, b"\x86\xdd" + bytes(18) + IP6),
        (101, IP4),
        (101, IP6),
        (228, IP4),
        (229, IP6),
        (12, IP4),
        (0, b"\x02\x00\x00\x00" + IP4),
        (108, b"\x00\x00\x00\x18" + IP6),
    ],
)
def test_the_datagram_is_found_behind_every_link_header(link: int, frame: bytes) -> None:
    one = udp(link, frame + bytes(6))  # Ethernet pads short frames

    assert isinstance(one, Udp)
    assert (one.payload, one.source_port, one.destination_port) == (PAYLOAD, 40_000, 2_055)


def test_extension_headers_of_ipv6_are_passed() -> None:
    hop = b"\x11\x00" + bytes(6)
    frame = IP6[:4] + pack(">H", len(IP6) - 40 + 8) + b"\x00" + IP6[7:40] + hop + IP6[40:]

    assert isinstance(udp(101, frame), Udp)


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (IP4[:-1], "broken"),
        (IP6[:-1], "broken"),
        (IP4[:6] + b"\x20\x00" + IP4[8:], "fragment"),
        (IP4[:6] + b"\x00\x01" + IP4[8:], "fragment"),
        (IP6[:6] + b"\x2c" + IP6[7:], "fragment"),
        (IP4[:9] + b"\x06" + IP4[10:], "other"),
        (b"\x41" + IP4[1:], "broken"),
        (IP4[:12], "other"),
        (b"", "other"),
        (b"\x75", "other"),
    ],
)
def test_what_is_no_whole_datagram_says_why(frame: bytes, why: str) -> None:
    assert udp(101, frame) == why


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("dns53.pcap", 1),
        ("syslog-single-udp.pcap", 1),
        ("nmap-vsn.pcap", 12),
        ("pcapng-multi-interface.pcapng", 6),
        ("q-in-q.pcap", 4),
        ("raw_packets.pcap", 18),
        ("http-vlan-0.pcap", 0),
        ("linux_dlt_sll2.pcap", 0),
        ("empty.pcap", 0),
    ],
)
def test_public_captures_give_as_many_datagrams_as_tshark_finds(name: str, count: int) -> None:
    with reference(f"pcap/{name}").open("rb") as stream:
        assert len(list(datagrams(stream, Faults()))) == count


def test_every_public_capture_is_read_as_scapy_reads_it() -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from scapy.utils import RawPcapNgReader, RawPcapReader
    for path in sorted(Path(reference("pcap/empty.pcap")).parent.glob("*.pcap*")):
        with path.open("rb") as stream:
            ours = [packet.data for packet in packets(stream, Faults())]
        reader = RawPcapNgReader if path.suffix == ".pcapng" else RawPcapReader
        with reader(str(path)) as theirs:
            assert ours == [data for data, *_ in theirs], path.name


@given(st.binary(max_size=300), st.sampled_from([0, 1, 3, 60]))
@settings(max_examples=200)
def test_any_octets_are_a_capture_or_none(data: bytes, keep: int) -> None:
    whole = section() + interface() + enhanced(ethernet(PAYLOAD, *V4), 1)
    for start in (whole[:keep], classic(ethernet(PAYLOAD, *V4))[:keep], b""):
        taken, _ = found(start + data)

        assert all(isinstance(payload, bytes) for _, payload in taken)


@given(st.binary(max_size=200), st.sampled_from([0, 1, 12, 101, 108, 113, 276, 999]))
@settings(max_examples=200)
def test_any_frame_holds_a_datagram_or_says_why_not(frame: bytes, link: int) -> None:
    one = udp(link, frame)

    assert isinstance(one, Udp) or one in ("other", "broken", "fragment")


def test_captures_are_known_by_their_first_octets() -> None:
    assert is_capture(classic())
    assert is_capture(section())
    assert not is_capture(b"\x00\x09\x00\x01")

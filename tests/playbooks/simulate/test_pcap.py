"""Captures that we write, read by somebody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from playbooks.simulate._pcap import write_pcap


@pytest.mark.parametrize(
    ("source", "destination"), [("192.0.2.1", "192.0.2.9"), ("2001:db8::1", "2001:db8::9")]
)
@pytest.mark.parametrize("payload", [b"", b"abc", b"\x00" * 8, b"\xff" * 9, bytes(range(256))])
def test_scapy_reads_the_same_datagrams_with_right_checksums(
    tmp_path: Path, source: str, destination: str, payload: bytes
) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from scapy.layers.inet import UDP
        from scapy.utils import rdpcap
    path = tmp_path / "a.pcap"

    count = write_pcap(
        path,
        [(1_773_800_000.25, payload)],
        source=(source, 40_000),
        destination=(destination, 2_055),
    )

    (packet,) = rdpcap(str(path))
    network = packet.payload
    assert count == 1
    assert float(packet.time) == 1_773_800_000.25
    assert (network.src, network.dst) == (source, destination)
    assert (packet[UDP].sport, packet[UDP].dport) == (40_000, 2_055)
    assert bytes(packet[UDP].payload) == payload
    rebuilt = network.__class__(bytes(network))
    sums = rebuilt[UDP].chksum, getattr(rebuilt, "chksum", None)
    del rebuilt[UDP].chksum
    if sums[1] is not None:
        del rebuilt.chksum
    again = network.__class__(bytes(rebuilt))
    assert (again[UDP].chksum, getattr(again, "chksum", None)) == sums

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.utils import wrpcap

from collectors import _dissect
from collectors._dissect import dissect
from soc.errors import InputError

MAC = "02:00:00:00:00:01"  # without one, scapy asks the network by ARP


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    asked = DNS(qd=DNSQR(qname="www.lanting.example"))
    packets = [
        Ether(src=MAC, dst=MAC)
        / IP(src="192.0.2.1", dst="192.0.2.53")
        / UDP(sport=5_353, dport=53)
        / asked,
        Ether(src=MAC, dst=MAC)
        / IPv6(src="2001:db8::1", dst="2001:db8::53")
        / UDP(sport=5_353, dport=53)
        / asked,
    ]
    path = tmp_path / "asked.pcap"
    wrpcap(str(path), packets)
    return path


def test_without_tshark_scapy_takes_the_packet_apart(
    capture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_dissect, "which", lambda name: None)

    by, packets = dissect(capture, [2])

    assert (by, packets[0].number) == ("scapy", 2)
    fields = dict(packets[0].layers[1].fields)
    assert (fields["src"], fields["dst"]) == ("2001:db8::1", "2001:db8::53")


@pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")
def test_with_tshark_pyshark_takes_the_packet_apart(capture: Path) -> None:
    script = (
        "import sys, pathlib; from collectors._dissect import dissect;"
        "by, packets = dissect(pathlib.Path(sys.argv[1]), [1]);"
        "print(by, *(layer.name for layer in packets[0].layers))"
    )  # in a process of its own: pyshark leaves an event loop behind

    ran = subprocess.run(
        [sys.executable, "-c", script, str(capture)], capture_output=True, text=True, check=True
    )

    assert ran.stdout.split() == ["pyshark", "eth", "ip", "udp", "dns"]


@pytest.mark.parametrize("numbers", [[], [0], list(range(1, 60))])
def test_only_a_few_packets_are_dissected(capture: Path, numbers: list[int]) -> None:
    with pytest.raises(InputError, match="pick 1 to 50 packets"):
        dissect(capture, numbers)


def test_what_is_no_capture_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(b"not a capture at all")

    with pytest.raises(InputError, match="is no capture"):
        dissect(path, [1])

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from playbooks.simulate import _estate, _scans
from playbooks.simulate._scans import Open

AT = datetime(2026, 3, 1, tzinfo=UTC)
FOUND = {
    "192.0.2.7": (Open(443, '城市"管理" & <服务>'), Open(22)),
    "2001:db8::7": (Open(8080, "Welcome to nginx!"),),
    "192.0.2.9": (),
}


@pytest.fixture
def root(tmp_path: Path) -> ElementTree.Element:
    path = tmp_path / "scans" / "scan.xml"
    _scans.write(path, AT, FOUND)
    return ElementTree.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314 - our own


def test_the_file_holds_every_host_with_its_state(root: ElementTree.Element) -> None:
    states = {
        host.find("address").get("addr"): host.find("status").get("state")  # type: ignore[union-attr]
        for host in root.iter("host")
    }

    assert states == {"192.0.2.7": "up", "2001:db8::7": "up", "192.0.2.9": "down"}


def test_titles_come_back_as_they_were_given(root: ElementTree.Element) -> None:
    titles = [script.get("output") for script in root.iter("script")]

    assert titles == ['城市"管理" & <服务>', "Welcome to nginx!"]


def test_a_port_without_a_page_has_no_title(root: ElementTree.Element) -> None:
    (ssh,) = (port for port in root.iter("port") if port.get("portid") == "22")

    assert ssh.find("script") is None
    assert ssh.find("service").get("name") == "ssh"  # type: ignore[union-attr]


def test_it_ends_as_a_whole_scan_does(root: ElementTree.Element) -> None:
    finished = root.find("runstats/finished")

    assert finished is not None
    assert (finished.get("exit"), finished.get("time")) == ("success", str(int(AT.timestamp())))


def test_the_lost_system_does_not_answer_and_the_retired_one_does() -> None:
    answering = {address for address, ports in _scans.hosts().items() if ports}
    by_name = {each.name: each.system.address for each in _estate.SILENT}

    assert by_name["zombie_lost"] not in answering
    assert by_name["zombie_answering"] in answering

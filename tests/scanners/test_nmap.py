from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanners.nmap import Settings, import_file, recheck, scan
from soc.batch import Batch
from soc.context import Context
from soc.errors import InputError, ToolError
from soc.net import network
from soc.scope import Target
from tests import fake_nmap, lab
from tests.fake_nmap import FakeNmap

needs_nmap = pytest.mark.skipif(shutil.which("nmap") is None, reason="nmap is not installed")
Put = Callable[..., FakeNmap]


def targets(*texts: str) -> list[Target]:
    return [Target(network(text), None) for text in texts]


def scanned(context: Context, *texts: str, **settings: Any) -> list[Batch]:
    chosen = Settings(**{"ports": "80", "versions": False, **settings})
    return list(scan(targets(*texts), chosen, context, source=7, run="run"))


def told(batches: list[Batch]) -> dict[str, tuple[str, str]]:
    """Address -> host state and outcome."""
    rows = [row for batch in batches if batch.rows is not None for row in batch.rows.to_pylist()]
    return {row["destination.ip"]: (row["soc.scan.host"], row["soc.scan.outcome"]) for row in rows}


@needs_nmap
def test_open_ports_of_real_servers_are_found_and_named(scanning: Context) -> None:
    with lab.running() as servers:
        ports = ",".join(str(server.port) for server in servers)
        found = scanned(scanning, *(s.address for s in servers), ports=ports, versions=True)

    rows = [row for batch in found if batch.rows is not None for row in batch.rows.to_pylist()]
    products = {
        (row["destination.ip"], row["destination.port"]): row["soc.scan.product"]
        for row in rows
        if row["soc.scan.state"] == "open"
    }
    assert set(products) == {(server.address, server.port) for server in servers}
    assert products[servers[0].address, servers[0].port] == "nginx"
    assert products[servers[2].address, servers[2].port] == "OpenSSH"


def test_a_host_that_nmap_says_nothing_about_is_unknown(scanning: Context, nmap: Put) -> None:
    nmap(fake_nmap.document(fake_nmap.host("192.0.2.7", 80)))

    found = told(scanned(scanning, "192.0.2.7", "192.0.2.8"))

    assert found == {"192.0.2.7": ("up", "done"), "192.0.2.8": ("unknown", "not_reached")}


def test_a_host_that_timed_out_is_unknown(scanning: Context, nmap: Put) -> None:
    nmap(fake_nmap.document(fake_nmap.host("192.0.2.7", timedout=True)))

    assert told(scanned(scanning, "192.0.2.7")) == {"192.0.2.7": ("unknown", "timedout")}


def test_a_scan_that_breaks_off_keeps_its_hosts_and_counts_the_break(
    scanning: Context, nmap: Put
) -> None:
    nmap(fake_nmap.HEAD + fake_nmap.host("192.0.2.7", 80))

    found = scanned(scanning, "192.0.2.7", "192.0.2.8")

    assert told(found)["192.0.2.7"] == ("up", "done")
    assert told(found)["192.0.2.8"] == ("unknown", "broken_off")
    assert sum(batch.tally.refused for batch in found) == 1


def test_a_scan_that_never_ends_is_ended_at_its_limit(scanning: Context, nmap: Put) -> None:
    nmap(fake_nmap.HEAD + fake_nmap.host("192.0.2.7", 80), after="exec sleep 60")
    settings = Settings(ports="80", versions=False).model_copy(update={"limit_s": 0.5})
    began = time.monotonic()

    found = list(scan(targets("192.0.2.7"), settings, scanning, source=7, run="run"))

    assert told(found) == {"192.0.2.7": ("up", "done")}
    assert sum(batch.tally.refused for batch in found) == 1
    assert time.monotonic() - began < 30


def test_addresses_are_probed_without_a_ping_and_families_apart(
    scanning: Context, nmap: Put
) -> None:
    fake = nmap(fake_nmap.document())

    scanned(scanning, "192.0.2.7", "192.0.2.64/26", "2001:db8::7")

    assert [("-Pn" in call, "-6" in call) for call in fake.calls()] == [
        (True, False),
        (False, False),
        (True, True),
    ]
    assert fake.targets() == ["192.0.2.7", "192.0.2.64/26", "2001:db8::7"]


def test_without_nmap_there_is_one_line_with_what_to_install(
    scanning: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(ToolError, match="nmap: not found on PATH; apt install nmap"):
        scanned(scanning, "192.0.2.7")


@needs_nmap
def test_a_recheck_tells_open_from_closed() -> None:
    with lab.running() as servers:
        server = servers[1]
        found = recheck(targets(server.address)[0], [server.port, 1])

    assert found == {server.port: "open", 1: "closed"}


@pytest.mark.parametrize(
    ("target", "ports"),
    [("192.0.2.0/24", [80]), ("192.0.2.7", []), ("192.0.2.7", list(range(1, 40)))],
)
def test_a_recheck_is_of_one_host_and_few_ports(target: str, ports: list[int]) -> None:
    with pytest.raises(InputError, match="re-check one host and 1 to 30 ports"):
        recheck(targets(target)[0], ports)


def test_an_imported_file_that_was_cut_off_gives_the_hosts_before_the_cut(tmp_path: Path) -> None:
    path = tmp_path / "scan.xml"
    whole = fake_nmap.document(fake_nmap.host("192.0.2.7", 80), fake_nmap.host("192.0.2.8", 22))
    path.write_text(whole[: whole.index("192.0.2.8")])

    found = list(import_file(path, 7, "import"))

    assert set(told(found)) == {"192.0.2.7"}
    assert sum(batch.tally.refused for batch in found) == 1


@pytest.mark.parametrize("content", [b"", b"<xml/>", b"\x00\xff" * 900])
def test_a_file_that_is_no_nmap_xml_is_refused_with_its_name(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "scan.xml"
    path.write_bytes(content)

    with pytest.raises(InputError, match=r"scan\.xml: no <nmaprun> .* export with nmap -oX"):
        list(import_file(path, 7, "import"))

"""The whole driver with the real nmap over small servers on loopback: no root needed."""

from __future__ import annotations

import shutil

import pytest

from scanners._findings_list import listed
from soc.context import Context
from tests import lab as servers
from tests.scanners import site


def test_on_loopback_an_unchanged_day_asks_nobody(scanning: Context) -> None:
    if shutil.which("nmap") is None:
        pytest.skip("nmap is not installed")
    with servers.running() as found:
        addresses = [server.address for server in found]
        ports = ",".join(str(server.port) for server in found)
        first, second = (site.scan(scanning, *addresses, ports=ports) for _ in range(2))

    assert (first["open"], first["versions"]) == (len(found), len(found))
    assert (second["open"], second["versions"]) == (len(found), 0)
    assert {each.check for each in listed(scanning)} == {"exposed_service", "end_of_life"}

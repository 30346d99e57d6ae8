"""The whole driver with the real nmap over small servers on loopback: no root needed."""

from __future__ import annotations

import shutil

import pytest

from scanners._findings_list import listed
from soc.context import Context
from soc.query import Select
from tests import lab as servers
from tests.scanners import site


def test_the_page_of_a_server_leaves_a_hash_and_nothing_of_itself(scanning: Context) -> None:
    if shutil.which("nmap") is None:
        pytest.skip("nmap is not installed")
    query = Select("scan", columns=("soc.scan.page", "soc.scan.scripts"))
    with servers.running() as found:
        web = next(server for server in found if server.product == "nginx")
        for _ in range(2):
            site.scan(scanning, web.address, ports=str(web.port))
            scanning.clock.advance(days=7)  # type: ignore[attr-defined]  # then it is asked again

    rows = [row for batch in scanning.engine.select(query) for row in batch.to_pylist()]
    pages = [row["soc.scan.page"] for row in rows if row["soc.scan.page"]]
    assert len(pages) == 2
    assert len(set(pages)) == 1
    assert all("govsoc-page" not in dict(row["soc.scan.scripts"] or ()) for row in rows)


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

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scanners._nmap_rows import Numbering, verdict
from scanners._nmap_xml import Host, Port, Service

NOW = datetime(2026, 3, 18, 1, tzinfo=UTC)


def host(*ports: Port, reason: str = "user-set", timedout: bool = False, closed: int = 0) -> Host:
    silent = {"closed": closed} if closed else {}
    return Host("198.18.0.1", "up", reason, timedout, 1_773_795_600, ports, silent)


def port(state: str) -> Port:
    return Port(80, "tcp", state, "syn-ack", Service(product="nginx", cpe=("cpe:/a:x:y",)))


@pytest.mark.parametrize(
    ("measured", "state", "outcome"),
    [
        (host(port("open")), "up", "done"),
        (host(port("closed")), "up", "done"),
        (host(closed=200), "up", "done"),
        (host(reason="arp-response"), "up", "done"),
        (host(), "unknown", "not_reached"),
        (host(port("filtered")), "unknown", "not_reached"),
        (host(timedout=True, reason="arp-response"), "unknown", "timedout"),
    ],
)
def test_a_host_is_up_on_proof_of_life_and_never_down(
    measured: Host, state: str, outcome: str
) -> None:
    assert verdict(measured) == {"soc.scan.host": state, "soc.scan.outcome": outcome}


def test_rows_of_a_run_are_numbered_on_across_batches() -> None:
    numbered = Numbering(7, "run", "lab", lambda: NOW)

    batches = [numbered.batch([host(port("open"))]), numbered.batch([], ["198.18.0.2"])]

    numbers = [row["soc.record"] for b in batches if b.rows for row in b.rows.to_pylist()]
    assert numbers == [1, 2, 3]


def test_an_address_that_nmap_said_nothing_about_is_unknown() -> None:
    batch = Numbering(7, "run", "", lambda: NOW).batch([], ["198.18.0.2"])

    assert batch.rows is not None
    row = batch.rows.to_pylist()[0]
    assert (row["soc.scan.host"], row["soc.scan.outcome"]) == ("unknown", "not_reached")

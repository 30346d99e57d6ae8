from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scanners._nmap_rows import MOST_BARE_OPEN, Numbering, title, verdict
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


def many(count: int, product: str | None = None) -> Host:
    ports = tuple(Port(n, "tcp", "open", "syn-ack", Service(product=product)) for n in range(count))
    return Host("198.18.0.1", "up", "syn-ack", False, None, ports, {})


@pytest.mark.parametrize(
    ("measured", "outcome"),
    [
        (many(MOST_BARE_OPEN + 1), "honeypot"),
        (many(MOST_BARE_OPEN), "done"),
        (many(MOST_BARE_OPEN + 1, "nginx"), "done"),
    ],
)
def test_a_host_that_opens_everything_and_says_nothing_is_unknown(
    measured: Host, outcome: str
) -> None:
    assert verdict(measured)["soc.scan.outcome"] == outcome
    assert verdict(measured)["soc.scan.host"] == ("unknown" if outcome == "honeypot" else "up")


def test_of_such_a_host_only_the_count_of_ports_is_kept() -> None:
    batch = Numbering(7, "run", "", lambda: NOW).batch([many(MOST_BARE_OPEN + 1)])

    assert batch.rows is not None
    (row,) = batch.rows.to_pylist()
    assert dict(row["soc.other"])["nmap.open"] == "201"


def test_a_host_that_timed_out_when_asked_keeps_its_ports_as_unknown() -> None:
    late = host(timedout=True)
    batch = Numbering(7, "run", "", lambda: NOW).versions([late], {"198.18.0.1": (22, 80)})

    assert batch.rows is not None
    rows = batch.rows.to_pylist()
    assert {row["soc.scan.phase"] for row in rows} == {"version"}
    assert {row["soc.scan.outcome"] for row in rows} == {"timedout"}
    assert {row["soc.scan.host"] for row in rows} == {"up"}
    assert [(r["destination.port"], r["soc.scan.state"]) for r in rows[1:]] == [
        (22, "unknown"),
        (80, "unknown"),
    ]


def test_a_host_that_the_second_phase_did_not_reach_says_so() -> None:
    batch = Numbering(7, "run", "", lambda: NOW).versions([], {"198.18.0.1": (22,)})

    assert batch.rows is not None
    assert {row["soc.scan.outcome"] for row in batch.rows.to_pylist()} == {"broken_off"}


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("区便民服务", "区便民服务"),
        ("登录\nRequested resource was http://x/login", "登录"),
        ("Site doesn't have a title (text/html).", None),
        ("Did not follow redirect to https://x/", None),
        ("", None),
    ],
)
def test_a_title_is_only_what_the_page_says(said: str, wanted: str | None) -> None:
    assert title({"http-title": said}) == wanted

from __future__ import annotations

import pytest

from scanners._seen import HostSeen, Seen, is_fallen
from soc.context import Context
from tests.scanners import site
from tests.scanners.site import NGINX, Nmap

HOSTS = [f"192.0.2.{n}" for n in range(1, 11)]


def seen(up: int, of: int = 10) -> Seen:
    return Seen(
        {a: HostSeen("up" if n < up else "unknown", "done") for n, a in enumerate(HOSTS[:of])}
    )


@pytest.mark.parametrize(
    ("up", "of", "fallen"),
    [(10, 10, False), (7, 10, False), (6, 10, True), (0, 10, True), (1, 3, True), (0, 1, False)],
)
def test_a_fall_of_more_than_three_tenths_is_suspect(up: int, of: int, fallen: bool) -> None:
    assert is_fallen(set(HOSTS), seen(up, of)) is fallen


def test_only_hosts_that_lived_before_and_were_targets_now_count() -> None:
    assert is_fallen({"198.51.100.1", "198.51.100.2", *HOSTS[:4]}, seen(4)) is False


def test_a_suspect_run_is_marked_and_no_finding_rests_on_it(scanning: Context, made: Nmap) -> None:
    made.tell({a: {80: NGINX} for a in HOSTS})
    first = site.scan(scanning, *HOSTS)
    made.tell({a: {80: NGINX} for a in HOSTS[:5]})
    second = site.scan(scanning, *HOSTS)

    record = scanning.store.records.get("scan", second["run"])
    assert (first["suspect"], first["result"]) == (False, "done")
    assert (second["suspect"], second["result"], second["findings"]) == (True, "suspect", {})
    assert record is not None
    assert (record.state, getattr(record, "hosts_before", None)) == ("suspect", 10)


def test_a_suspect_run_is_no_measure_for_the_next(scanning: Context, made: Nmap) -> None:
    made.tell({a: {80: NGINX} for a in HOSTS})
    site.scan(scanning, *HOSTS)
    made.tell({a: {80: NGINX} for a in HOSTS[:5]})

    results = [site.scan(scanning, *HOSTS)["result"] for _ in range(2)]

    assert results == ["suspect", "suspect"]


def test_hosts_that_a_broken_run_did_not_come_to_have_not_fallen() -> None:
    broken = Seen({a: HostSeen("unknown", "broken_off") for a in HOSTS})

    assert is_fallen(set(HOSTS), broken) is False

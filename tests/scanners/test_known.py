from __future__ import annotations

from scanners._known import Ledger
from soc.context import Context
from tests.scanners import site
from tests.scanners.site import NGINX, REDIS, Nmap

A, B = "192.0.2.7", "192.0.2.8"


def test_the_newest_ports_and_services_of_a_host_are_known(scanning: Context, made: Nmap) -> None:
    made.tell({A: {80: NGINX}})
    site.scan(scanning, A)
    made.tell({A: {80: NGINX, 6379: REDIS}})
    site.scan(scanning, A)

    known = Ledger(scanning).of([A, B])

    assert set(known) == {A}
    assert known[A].open == {(80, "tcp"), (6379, "tcp")}
    assert known[A].services[6379, "tcp"]["soc.scan.version"] == "7.4.2"


def test_an_unchanged_host_is_asked_once_and_keeps_what_it_said(
    scanning: Context, made: Nmap
) -> None:
    made.tell({A: {80: NGINX}})
    first, second = (site.scan(scanning, A) for _ in range(2))

    assert (first["versions"], second["versions"], made.asked()) == (1, 0, 1)
    assert Ledger(scanning).of([A])[A].services[80, "tcp"]["soc.scan.product"] == "nginx"


def test_a_host_that_timed_out_when_asked_is_not_asked_again_every_day(
    scanning: Context, made: Nmap
) -> None:
    made.tell({A: {80: NGINX}}, slow=True)
    runs = [site.scan(scanning, A) for _ in range(8)]

    assert [run["versions"] for run in runs] == [1, 0, 0, 0, 0, 0, 0, 1]
    assert [run["open"] for run in runs] == [1] * 8
    assert Ledger(scanning).of([A])[A].open == {(80, "tcp")}


def test_a_port_that_opened_is_a_change_and_only_its_host_is_asked(
    scanning: Context, made: Nmap
) -> None:
    made.tell({A: {80: NGINX}, B: {80: NGINX}})
    site.scan(scanning, A, B)
    made.tell({A: {80: NGINX}, B: {80: NGINX, 6379: REDIS}})

    assert site.scan(scanning, A, B)["versions"] == 1


def test_who_lived_is_told_by_the_last_run_that_measured_it(scanning: Context, made: Nmap) -> None:
    made.tell({A: {80: NGINX}, B: {80: NGINX}})
    site.scan(scanning, A, B)
    made.tell({A: {80: NGINX}})
    site.scan(scanning, A, B)

    assert Ledger(scanning).live() == {A, B}


def test_another_vantage_sees_for_itself(scanning: Context, made: Nmap) -> None:
    made.tell({A: {80: NGINX}})
    site.scan(scanning, A)

    assert Ledger(scanning, "互联网区").live() == set()


def test_a_run_does_not_know_itself(scanning: Context, made: Nmap) -> None:
    made.tell({A: {80: NGINX}})
    run = site.scan(scanning, A)["run"]

    assert Ledger(scanning, but=run).live() == set()

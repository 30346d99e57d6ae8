"""The two phases over a lab of fifty hosts; one module, for the lab stands once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from scanners._findings_list import listed
from scanners._nmap_xml import Host, read
from scanners._ports import curated
from soc._open import open_context
from soc.actor import Actor
from soc.config import Config, EstateSettings, ScopeSettings, Site
from soc.context import Context
from soc.query import Select
from soc.where import All, Equals
from tests.conftest import SetClock
from tests.scanners import lab, lab_servers
from tests.scanners.lab import Lab

SLICE = 8  # hosts of the full scan that the phases are compared with
SETTINGS = {"host_timeout_s": 30, "max_rate": 3_000, "shards": 8}


@pytest.fixture(scope="module")
def fifty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab.standing(tmp_path_factory.mktemp("lab") / "bin") as found:
        yield found


@pytest.fixture(scope="module")
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(scope="module")
def site(
    fifty: Lab, clock: SetClock, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Context]:
    from cli import jobs

    config = Config(
        home=tmp_path_factory.mktemp("site"),
        site=Site(name="澜汀区", code="lt", region="澜汀区"),
        estate=EstateSettings(guard_profile="documentation-allowed"),
        scope=ScopeSettings(scan=(f"{lab_servers.PREFIX}.0/24",)),
        scanners={"nmap": SETTINGS},
    )
    actor = Actor("tester", "周启明", frozenset({"approve", "scan"}), through="cli", host="test")
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{fifty.folder}:{before}"
    try:
        with open_context(config, jobs(), clock=clock, actor=actor) as opened:
            yield opened
    finally:
        os.environ["PATH"] = before


@pytest.fixture(scope="module")
def days(site: Context, fifty: Lab, clock: SetClock) -> list[dict[str, Any]]:
    """The first day and an unchanged second one, with what each cost."""
    found = [_day(site, fifty, clock) for _ in range(2)]
    for day in found:
        sys.stdout.write(f"{day['seconds']:.1f} s, {day['packets']} packets\n")
    return found


def _day(site: Context, fifty: Lab, clock: SetClock) -> dict[str, Any]:
    fifty.forget()
    sent, began = fifty.probes(), time.monotonic()
    outcome = site.jobs.run("scan", {"targets": fifty.addresses}, site)
    cost = {"seconds": time.monotonic() - began, "packets": fifty.probes() - sent}
    clock.set(clock.now() + timedelta(days=1))
    return {**outcome.value, **cost, "processes": fifty.asked()}


def _rows(site: Context, run: str, phase: str) -> list[dict[str, Any]]:
    where = All((Equals("soc.scan.run", run), Equals("soc.scan.phase", phase)))
    return [r for b in site.engine.select(Select("scan", where)) for r in b.to_pylist()]


def _open(rows: list[dict[str, Any]]) -> set[tuple[str, int]]:
    return {
        (row["destination.ip"], row["destination.port"])
        for row in rows
        if row["soc.scan.state"] == "open"
    }


def test_every_service_that_can_be_reached_is_found_and_nothing_else(
    site: Context, days: list[dict[str, Any]]
) -> None:
    reachable = {
        (address, port)
        for address, port in lab_servers.services()
        if address not in lab_servers.dropped()
        and (address not in lab_servers.partial() or port in (80, 443))
    }

    assert _open(_rows(site, days[0]["run"], "ports")) == reachable
    assert days[0]["up"] == lab_servers.HOSTS  # those that drop everything answer ARP


def test_the_two_phases_find_what_a_full_scan_finds(
    site: Context, fifty: Lab, days: list[dict[str, Any]]
) -> None:
    hosts = [h for h in fifty.addresses if (h, 27017) not in lab_servers.services()][:SLICE]
    arguments = ["-n", "-Pn", "-sS", "-sV", "-T4", "-p", curated(), "-oX", "-", *hosts]
    done = subprocess.run([fifty.folder / "nmap", *arguments], capture_output=True, check=True)
    (fifty.folder / "full.xml").write_bytes(done.stdout)
    with Path(fifty.folder / "full.xml").open("rb") as stream:
        found = [host for host in read(stream) if isinstance(host, Host)]
    full = {
        (host.address, port.number): port.service.product
        for host in found
        for port in host.ports
        if port.state == "open"
    }

    phased = {
        (row["destination.ip"], row["destination.port"]): row["soc.scan.product"]
        for row in _rows(site, days[0]["run"], "version")
        if row["destination.port"] is not None and row["destination.ip"] in hosts
    }
    assert phased == full


def test_an_unchanged_day_asks_at_most_a_tenth_of_what_the_first_asked(
    days: list[dict[str, Any]],
) -> None:
    first, second = days

    assert (first["versions"], first["processes"] > 0) == (45, True)
    assert second["versions"] <= first["versions"] / 10
    assert second["processes"] <= first["processes"] / 10
    assert second["packets"] < first["packets"]
    assert second["open"] == first["open"]


def test_a_port_that_says_nothing_ends_as_unknown_and_stays_open(
    site: Context, days: list[dict[str, Any]]
) -> None:
    silent = {spot for spot, sort in lab_servers.services().items() if sort == "silent"}
    reachable = {(a, p) for a, p in silent if a not in lab_servers.partial()}

    rows = [
        row
        for row in _rows(site, days[0]["run"], "version")
        if (row["destination.ip"], row["destination.port"]) in reachable
    ]
    assert len(rows) == len(reachable) > 0
    assert {row["soc.scan.product"] for row in rows} == {None}
    assert {row["soc.scan.outcome"] for row in rows} <= {"done", "timedout"}
    assert reachable <= _open(_rows(site, days[0]["run"], "ports"))


def test_a_title_in_chinese_is_read(site: Context, days: list[dict[str, Any]]) -> None:
    titles = {row["soc.scan.title"] for row in _rows(site, days[0]["run"], "version")}

    assert {"区便民服务", "Welcome to nginx!", "统一登录"} <= titles


def test_the_checks_find_what_was_planted(site: Context, days: list[dict[str, Any]]) -> None:
    found = {each.check: each for each in listed(site)}

    assert days[0]["findings"]["new"] == len(listed(site))
    assert found["certificate.weak_key"].confidence == "verified"
    assert found["exposed_service"].confidence == "verified"
    assert found["end_of_life"].confidence == "unconfirmed"
    assert found["default_page"].grade == "low"

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from scanners._run import source_key
from soc.context import Context
from soc.errors import ConfigError, ScopeError
from soc.records.scan import Scan
from tests import fake_nmap
from tests.fake_nmap import FakeNmap

Put = Callable[..., FakeNmap]


def run(context: Context, *targets: str, **more: Any) -> Any:
    return context.jobs.run("scan", {"targets": targets, **more}, context)


def scans(context: Context) -> list[Scan]:
    return [record for record in context.store.records.find("scan") if isinstance(record, Scan)]


def test_a_whole_scan_is_done_and_its_record_names_every_target(
    scanning: Context, nmap: Put
) -> None:
    nmap(fake_nmap.document(fake_nmap.host("192.0.2.7", 22, 80)))

    outcome = run(scanning, "192.0.2.7", ports="22,80")

    (record,) = scans(scanning)
    assert (outcome.result, outcome.coverage) == ("done", 1.0)
    assert (outcome.value["up"], outcome.value["open"], outcome.value["stored"]) == (1, 2, 6)
    assert (record.state, record.targets, record.ports) == ("done", ("192.0.2.7",), "22,80")
    assert [(o.target, o.outcome, o.open_ports) for o in record.outcomes] == [
        ("192.0.2.7", "up", 2)
    ]


def test_a_target_that_was_not_measured_makes_the_scan_partial(
    scanning: Context, nmap: Put
) -> None:
    nmap(fake_nmap.document(fake_nmap.host("192.0.2.7", 80)))

    outcome = run(scanning, "192.0.2.7", "192.0.2.8")

    (record,) = scans(scanning)
    assert (outcome.result, outcome.coverage) == ("partial", 0.5)
    assert {o.target: (o.outcome, o.reason) for o in record.outcomes} == {
        "192.0.2.7": ("up", None),
        "192.0.2.8": ("unknown", "not_reached"),
    }


def test_a_scan_that_was_broken_off_is_partial_and_says_so(scanning: Context, nmap: Put) -> None:
    nmap(fake_nmap.HEAD + fake_nmap.host("192.0.2.7", 80))

    outcome = run(scanning, "192.0.2.7")

    assert (outcome.result, outcome.errors) == ("partial", ("nmap was broken off",))


def test_the_rows_of_a_scan_are_stored_with_its_run(scanning: Context, nmap: Put) -> None:
    nmap(fake_nmap.document(fake_nmap.host("192.0.2.7", 80)))

    outcome = run(scanning, "192.0.2.7")

    position = scanning.store.log.position(source_key(outcome.value["run"]), "scan")
    assert position == outcome.value["stored"] == 4


def test_a_login_without_the_right_starts_nothing(scanning: Context, nmap: Put) -> None:
    fake = nmap()
    idle = replace(scanning, actor=replace(scanning.actor, rights=frozenset()))

    with pytest.raises(ScopeError, match="tester: may not scan"):
        run(idle, "192.0.2.7")

    assert fake.calls() == []


def test_a_kind_of_scan_that_does_not_exist_is_told_with_those_that_do(scanning: Context) -> None:
    with pytest.raises(ConfigError, match="scanners: 'nmpa' is not one of nmap"):
        run(scanning, "192.0.2.7", kind="nmpa")


def test_ports_that_are_no_port_list_start_nothing(scanning: Context, nmap: Put) -> None:
    fake = nmap()

    with pytest.raises(ConfigError, match="ports: '80 --script x'"):
        run(scanning, "192.0.2.7", ports="80 --script x")

    assert fake.calls() == []

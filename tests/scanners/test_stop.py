from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from scanners._stop import running_scans, stop
from soc.context import Context
from soc.errors import InputError, ScopeError
from soc.records.scan import Scan
from soc.store import Change
from tests import fake_nmap
from tests.fake_nmap import FakeNmap
from tests.scanners.site import AUTHOR, NOW


def running(context: Context, name: str = "a") -> Scan:
    record = Scan(
        id=f"lt-scan-{name}", state="running", at=NOW, author=AUTHOR, plan="single", started_at=NOW
    )
    context.store.records.apply([Change(record.id, record)])
    return record


def test_a_scan_that_runs_ends_soon_after_somebody_stopped_it(
    scanning: Context, nmap: Callable[..., FakeNmap]
) -> None:
    nmap(fake_nmap.HEAD + fake_nmap.host("192.0.2.7", 80), after="exec sleep 60")
    told: list[object] = []

    def halt() -> None:
        while not running_scans(scanning):
            time.sleep(0.05)
        told.append(stop(None, "业务高峰", scanning))

    thread = threading.Thread(target=halt)
    thread.start()
    began = time.monotonic()
    outcome = scanning.jobs.run("scan", {"targets": ("192.0.2.7", "192.0.2.8")}, scanning)
    thread.join()

    assert time.monotonic() - began < 30
    assert told == [{"stopped": [outcome.value["run"]]}]
    record = scanning.store.records.get("scan", outcome.value["run"])
    assert isinstance(record, Scan)
    assert (record.state, outcome.result) == ("stopped", "partial")
    assert (record.reason, record.is_suspect) == ("业务高峰", False)
    assert {o.target: o.outcome for o in record.outcomes} == {
        "192.0.2.7": "up",
        "192.0.2.8": "unknown",
    }


def test_one_run_can_be_named(scanning: Context) -> None:
    running(scanning, "a")
    running(scanning, "b")

    assert stop("lt-scan-b", "", scanning) == {"stopped": ["lt-scan-b"]}
    assert [each.id for each in running_scans(scanning)] == ["lt-scan-a"]


def test_what_does_not_run_cannot_be_stopped(scanning: Context) -> None:
    assert stop(None, "", scanning) == {"stopped": []}
    with pytest.raises(InputError, match="is no running scan"):
        stop("lt-scan-none", "", scanning)


def test_stopping_needs_the_right_to_scan(scanning: Context) -> None:
    idle = replace(scanning, actor=replace(scanning.actor, rights=frozenset()))

    with pytest.raises(ScopeError, match="may not scan"):
        stop(None, "", idle)


def test_a_scan_whose_process_is_gone_is_told_as_failed_by_the_next(
    scanning: Context, nmap: Callable[..., FakeNmap]
) -> None:
    dead = running(scanning)
    nmap(fake_nmap.document(fake_nmap.host("192.0.2.7", 80)))

    scanning.jobs.run("scan", {"targets": ("192.0.2.7",)}, scanning)

    record = scanning.store.records.get("scan", dead.id)
    assert isinstance(record, Scan)
    assert record.state == "failed"
    assert "ended without a word" in record.errors[0]

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scanners._resume import rest, rest_of_month
from soc._open import open_context
from soc.context import Context
from soc.errors import InputError
from soc.records.scan import Scan
from tests import fake_nmap
from tests.fake_nmap import FakeNmap
from tests.scanners import site
from tests.scanners.site import NGINX, Nmap

A, B = "192.0.2.7", "192.0.2.8"
HOURS = "00:00-00:01"  # the clock of tests stands at nine in the morning


@pytest.fixture
def night(scanning: Context) -> Iterator[Context]:
    """The same site, with hours for the monthly plan that are over."""
    from cli import jobs

    config = scanning.config.model_copy(
        update={"scanners": {"nmap": {"hours": {"monthly": HOURS}}}}
    )
    with open_context(config, jobs(), clock=scanning.clock, actor=scanning.actor) as opened:
        yield opened


def hosts(plan: Any) -> list[str]:
    return [str(target.network).partition("/")[0] for target in plan.targets]


def test_hosts_that_are_done_are_not_asked_again(
    scanning: Context, nmap: Callable[..., FakeNmap]
) -> None:
    nmap(fake_nmap.HEAD + fake_nmap.host(A, 9999))  # broken off: B was never reached
    params = {"targets": (A, B), "ports": "80"}
    first = scanning.jobs.run("scan", params, scanning).value

    scan, plan = rest(None, scanning)

    assert scan.id == first["run"]
    assert B in hosts(plan)


def test_a_finished_run_leaves_nothing(scanning: Context, made: Nmap) -> None:
    made.tell({A: {80: NGINX}})
    site.scan(scanning, A)

    with pytest.raises(InputError, match="nothing was left"):
        rest(None, scanning)


def test_outside_its_hours_a_plan_waits_and_every_target_is_unknown(night: Context) -> None:
    site.asset(night, A)

    told = dict(night.jobs.run("scan monthly", {"ports": "80"}, site.opened(night)).value)
    record = night.store.records.get("scan", told["run"])

    assert isinstance(record, Scan)
    assert (told["result"], told["up"], told["unknown"]) == ("stopped", 0, 1)
    assert {each.reason for each in record.outcomes} == {"outside_hours"}
    assert HOURS in record.reason


def test_what_waited_is_measured_by_the_next_run_of_the_month_and_then_nothing_is_left(
    scanning: Context, night: Context, made: Nmap
) -> None:
    site.asset(night, A)
    night.jobs.run("scan monthly", {"ports": "80"}, site.opened(night))
    day = night.calendar.date_of(night.clock.now())
    left = rest_of_month("monthly", day, site.opened(scanning))
    assert left is not None
    assert hosts(left) == [A]

    made.tell({A: {80: NGINX}})
    scanning.clock.advance(hours=1)  # type: ignore[attr-defined]
    told = scanning.jobs.run("scan resume", {}, site.opened(scanning)).value

    assert (told["plan"], told["up"]) == ("monthly", 1)
    assert rest_of_month("monthly", day, scanning) is None
    with pytest.raises(InputError, match="nothing was left"):
        rest(None, scanning)


def test_a_named_run_must_be_one(scanning: Context) -> None:
    with pytest.raises(InputError, match="is no scan"):
        rest("lt-scan-none", scanning)

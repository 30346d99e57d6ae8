from __future__ import annotations

from dataclasses import replace

import pytest

from scanners._trust import trust
from soc.context import Context
from soc.errors import InputError, ScopeError
from tests.scanners import site
from tests.scanners.site import NGINX, Nmap

HOSTS = [f"192.0.2.{n}" for n in range(1, 5)]


@pytest.fixture
def judging(scanning: Context) -> Context:
    return replace(scanning, actor=replace(scanning.actor, rights=frozenset({"scan", "judge"})))


def suspect(context: Context, made: Nmap) -> str:
    made.tell({a: {80: NGINX} for a in HOSTS})
    site.scan(context, *HOSTS)
    made.tell({HOSTS[0]: {80: NGINX}})
    return str(site.scan(context, *HOSTS)["run"])


def test_a_person_may_say_that_the_hosts_are_gone_indeed(judging: Context, made: Nmap) -> None:
    run = suspect(judging, made)

    value = trust(run, "机房已关停三台", judging)

    assert value == {"run": run, "result": "partial"}
    record = judging.store.records.get("scan", run)
    assert record is not None
    assert (record.state, record.reason) == ("partial", "机房已关停三台")


def test_it_needs_the_right_to_judge(scanning: Context, made: Nmap) -> None:
    run = suspect(scanning, made)

    with pytest.raises(ScopeError, match="may not judge"):
        trust(run, "x", scanning)


def test_only_a_suspect_run_can_be_confirmed_and_with_a_reason(
    judging: Context, made: Nmap
) -> None:
    run = suspect(judging, made)

    with pytest.raises(InputError, match="--reason: is empty"):
        trust(run, " ", judging)
    with pytest.raises(InputError, match="is no suspect run"):
        trust("lt-scan-none", "x", judging)

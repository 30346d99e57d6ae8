"""Two hosts collect and detect side by side, on records that they share: one audit chain each."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from cli import jobs
from soc._open import open_context
from soc.config import Config, EstateSettings, Site, StoreSettings
from soc.errors import Conflict
from soc.store.ship import ship
from tests.conftest import NOW, SetClock
from tests.detections.events import RULE, append, probe
from tests.elastic import recorded, shipped

if TYPE_CHECKING:
    from soc.context import Context
    from soc.records.alert import Alert

HOSTS = ("east", "west")


@pytest.fixture
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Context]]:
    """Two homes on one namespace, each under its host's name."""
    shipped.client()  # templates stand
    clock = SetClock(NOW)
    with ExitStack() as stack:
        namespace = stack.enter_context(recorded.namespace())
        found = []
        for host in HOSTS:
            config = Config(
                home=tmp_path / host,
                site=Site(name="澜汀区政务服务和数据管理局", code="lt", region="澜汀区"),
                estate=EstateSettings(guard_profile="documentation-allowed"),
                store=StoreSettings(engine="elasticsearch", records="elasticsearch"),
                elasticsearch=shipped.settings(namespace),
            )
            monkeypatch.setattr(socket, "gethostname", lambda host=host: host)
            found.append(stack.enter_context(open_context(config, jobs(), clock=clock)))
        yield found


def planted(context: Context, source: int, attackers: list[str]) -> None:
    rows = [probe(source__ip=attacker) for attacker in attackers]
    append(context, "http", rows, source=source, at=NOW - timedelta(hours=1))
    ship(context)


def detected(context: Context) -> int:
    """Detection on this host; how often another one was at it."""
    for busy in range(600):
        try:
            context.jobs.run("detect", {}, context)
        except Conflict:
            time.sleep(0.2)
            continue
        return busy
    raise AssertionError("it never was this host's turn")


def alerted(context: Context) -> Counter[str]:
    found: Counter[str] = Counter()
    for record in context.store.records.find("alert"):
        alert = cast("Alert", record)
        if alert.rule == RULE:
            found.update({attacker.address: alert.count for attacker in alert.attackers})
    return found


def test_each_planted_match_makes_one_alert_whoever_finds_it(hosts: list[Context]) -> None:
    east, west = hosts
    planted(east, 7, [f"198.51.100.{n}" for n in range(1, 5)])
    planted(west, 8, [f"192.0.2.{n}" for n in range(1, 5)])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(detected, hosts))
    planted(west, 8, ["203.0.113.77"])
    for context in hosts:
        detected(context)

    wanted = [*(f"198.51.100.{n}" for n in range(1, 5)), *(f"192.0.2.{n}" for n in range(1, 5))]
    assert alerted(east) == alerted(west) == Counter([*wanted, "203.0.113.77"])


def test_each_host_tells_its_own_changes_in_a_chain_of_its_own(hosts: list[Context]) -> None:
    planted(hosts[0], 7, ["198.51.100.1"])
    planted(hosts[1], 8, ["192.0.2.1"])
    for context in hosts:
        detected(context)

    chains = [list(context.store.audit.entries()) for context in hosts]
    told = [{entry["change_id"] for entry in chain} for chain in chains]
    assert all(context.store.audit.verify().ok for context in hosts)
    assert [{entry["host"] for entry in chain} for chain in chains] == [{"east"}, {"west"}]
    assert all(told)
    assert not told[0] & told[1]
    records = hosts[0].store.records
    runs = [run for run in records.find("run") if run.author.host in HOSTS]
    assert {run.author.host for run in runs} == set(HOSTS)

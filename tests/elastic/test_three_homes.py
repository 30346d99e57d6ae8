"""Two hosts collect, a third detects: what was planted on either is found once, late or not."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from cli import jobs
from soc._open import open_context
from soc.config import Config, ElasticsearchSettings, EstateSettings, Site, StoreSettings
from soc.query import Select
from soc.store.ship import ship
from tests import elastic_server
from tests.conftest import NOW, SetClock
from tests.detections.events import RULE, append, probe
from tests.elastic import shipped

if TYPE_CHECKING:
    from soc.context import Context
    from soc.records.alert import Alert

EAST, WEST, DESK = "pe-east", "pe-west", "desk"


class Homes:
    """The three contexts on one namespace of the shared server, each with a clock of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        shipped.client()  # templates stand
        self._folder = folder
        self._patch = monkeypatch
        self._settings = ElasticsearchSettings(
            hosts=(elastic_server.shared().url,), namespace=shipped.host().replace("-", "_")
        )
        self.clock = SetClock(NOW)

    @contextmanager
    def opened(self, host: str) -> Iterator[Context]:
        """The home of a host; only the desk asks the server."""
        engine = "elasticsearch" if host == DESK else "duckdb"
        config = Config(
            home=self._folder / host,
            site=Site(name="澜汀区政务服务和数据管理局", code="lt", region="澜汀区"),
            estate=EstateSettings(guard_profile="documentation-allowed"),
            store=StoreSettings(engine=engine),
            elasticsearch=self._settings,
        )
        with self._patch.context() as patch:
            patch.setattr(socket, "gethostname", lambda: host)
            with open_context(config, jobs(), clock=self.clock) as context:
                assert context.store.log.origin == host
                yield context

    def collect(self, host: str, attackers: Sequence[str]) -> None:
        """Each attacker in a commit of its own, between requests that mean no harm."""
        with self.opened(host) as context:
            for attacker in attackers:
                rows = [probe(user_agent__original="Mozilla/5.0", source__ip="203.0.113.9")] * 3
                rows.append(probe(source__ip=attacker, observer__name=host))
                append(context, "http", rows, source=_source(host), at=NOW - timedelta(hours=1))

    def ship(self, host: str) -> None:
        with self.opened(host) as context:
            ship(context)

    def detect(self) -> tuple[Counter[str], Counter[str]]:
        """After one run: attackers with the number of their matches, and of their alerts."""
        with self.opened(DESK) as context:
            context.jobs.run("detect", {}, context)
            return _matched(context), _alerted(context)


def _source(host: str) -> int:
    """Of two hosts the same number may name two sources: what tells them apart is the host."""
    return 7 if host == EAST else 8


def _matched(context: Context) -> Counter[str]:
    query = Select("match", columns=("rule.id", "soc.match.attacker", "soc.match.key"))
    rows = [row for batch in context.engine.select(query) for row in batch.to_pylist()]
    return Counter(row["soc.match.attacker"][0] for row in rows if row["rule.id"] == RULE)


def _alerted(context: Context) -> Counter[str]:
    found: Counter[str] = Counter()
    for record in context.store.records.find("alert"):
        alert = cast("Alert", record)
        if alert.rule == RULE:
            found.update({attacker.address: alert.count for attacker in alert.attackers})
    return found


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Homes:
    return Homes(tmp_path, monkeypatch)


def attackers(network: str, count: int) -> list[str]:
    return [f"{network}.{n + 1}" for n in range(count)]


def test_what_two_hosts_collected_is_found_once_by_the_third(homes: Homes) -> None:
    east, west = attackers("198.51.100", 5), attackers("192.0.2", 5)
    homes.collect(EAST, east)
    homes.collect(WEST, west)
    homes.ship(EAST)
    homes.ship(WEST)

    matched, alerted = homes.detect()

    assert matched == alerted == Counter([*east, *west])


def test_what_a_host_ships_an_hour_late_is_found_once_too(homes: Homes) -> None:
    early, late = attackers("198.51.100", 6), attackers("192.0.2", 4)
    homes.collect(EAST, early)
    homes.collect(WEST, late)
    homes.ship(EAST)

    before, _ = homes.detect()
    homes.clock.advance(hours=1)
    homes.collect(EAST, attackers("203.0.113", 2))
    homes.ship(EAST)
    homes.ship(WEST)
    matched, alerted = homes.detect()

    assert before == Counter(early)
    assert matched == alerted == Counter([*early, *attackers("203.0.113", 2), *late])


def test_a_run_that_is_repeated_finds_nothing_twice(homes: Homes) -> None:
    homes.collect(EAST, attackers("198.51.100", 3))
    homes.ship(EAST)

    first = homes.detect()

    assert homes.detect() == first

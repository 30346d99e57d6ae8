"""Detection on the cluster: what a run derives is folded in the same run."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from cli import jobs
from detections import _run, alerts
from soc._open import open_context
from soc.config import Config
from soc.context import Context
from soc.query import Select
from soc.readable import readable
from soc.store.ship import follow
from tests.conftest import SetClock
from tests.detections.events import append, probe
from tests.elastic import shipped
from tests.elastic.site import on_elasticsearch


@pytest.fixture
def site(config: Config, clock: SetClock) -> Iterator[Context]:
    """A site on the real server as it is opened; nothing is shipped that nobody asked for."""
    with open_context(on_elasticsearch(config), jobs(), clock=clock) as opened:
        log: Any = opened.store.log
        log.origin = shipped.host()  # the streams are those of all tests
        own = shipped.engine(opened.store.records, frozenset({log.origin}))
        yield replace(opened, engine=own)


def _matches(context: Context) -> int:
    return sum(batch.num_rows for batch in context.engine.select(Select("match")))


def test_alerts_are_opened_by_the_run_that_found_them(site: Context) -> None:
    append(site, "http", [probe()])
    site.jobs.run("store ship", {"datasets": ["http"]}, site)

    value = site.jobs.run("detect", {}, site).value

    assert (value["matches"], value["opened"], _matches(site)) == (1, 1, 1)
    (alert,) = alerts.listed(site)
    assert alert.state == "open"


def test_nothing_is_found_in_what_was_not_shipped(site: Context) -> None:
    append(site, "http", [probe()])

    assert site.jobs.run("detect", {}, site).value["matches"] == 0


def test_matches_that_could_not_be_shipped_are_folded_by_the_next_run(
    site: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(site, "http", [probe()])
    site.jobs.run("store ship", {}, site)
    monkeypatch.setattr(_run, "readable", partial(readable, wait_s=0))
    lock = site.store.home / "ship" / site.config.elasticsearch.namespace / "lock"
    with lock.open("rb+") as held:  # as a daemon that hangs
        fcntl.flock(held, fcntl.LOCK_EX)
        first = site.jobs.run("detect", {}, site).value

    second = site.jobs.run("detect", {}, site).value

    assert (first["matches"], first["opened"]) == (1, 0)
    assert (second["matches"], second["opened"]) == (0, 1)


def test_daily_facts_are_there_when_they_were_made(site: Context, clock: SetClock) -> None:
    append(site, "http", [probe()])
    site.jobs.run("store ship", {}, site)
    counts = site.jobs.run("rollup", {}, site).counts

    rows = sum(batch.num_rows for batch in site.engine.select(Select("figure")))
    assert rows == counts["figures"] > 0


def test_a_daemon_that_ships_from_the_home_is_waited_for(site: Context) -> None:
    append(site, "http", [probe()])
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        daemon = pool.submit(follow, site, stop, poll_s=0.05)
        try:
            assert readable(("http",), site)
            value = site.jobs.run("detect", {}, site).value
        finally:
            stop.set()
        daemon.result()

    assert (value["matches"], value["opened"]) == (1, 1)

"""The shipper on the real server: once means once, and what is refused waits in a letter."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from cli import jobs
from soc._open import open_context
from soc.actor import Actor
from soc.config import read
from soc.errors import ConfigError, Conflict, InputError, ScopeError, StoreError, StoreUnavailable
from soc.query import Select
from soc.store import _ship_pass, _ship_place, _ship_read
from soc.store._elastic_keep import backing
from soc.store._elastic_marks import publish, published
from soc.store._elastic_names import stream
from soc.store._ship_pace import Patience
from soc.store._ship_place import BEGINNING
from soc.store._ship_send import Sender
from soc.store.elastic import ElasticEngine
from soc.store.log import DeltaLog
from soc.store.ship import follow, home_of, letters_of, retry, ship, status, verify
from tests import elastic_server
from tests.contracts.engines import NoRecords
from tests.e2e.console import inherited
from tests.elastic import shipped
from tests.elastic.equation import Sides, in_letters, logged, on_server
from tests.elastic.troubled import DATASET, append, shipping_site, tighten
from tests.soc.store.log_rows import StoppedClock

if TYPE_CHECKING:
    from soc.context import Context

DAY = "2026-03-18"
HASTY = Patience(first_s=0.01, most_s=0.05, away_s=1.0, refused_s=1.0)
RNG = random.Random(7)


@contextmanager
def opened(folder: Path, namespace: str, url: str = "") -> Iterator[Context]:
    url = url or elastic_server.shared().url
    rights = frozenset({"admin"})
    actor = Actor(login="tester", person="周启明", rights=rights, through="cli", host="test")
    config = read(shipping_site(folder, [url], namespace), {})
    with open_context(config, jobs(), actor=actor) as context:
        yield context


@pytest.fixture
def namespace() -> str:
    shipped.client()  # templates stand
    return shipped.host().replace("-", "_")


@pytest.fixture
def site(tmp_path: Path, namespace: str) -> Iterator[Context]:
    with opened(tmp_path, namespace) as context:
        yield context


def on(context: Context) -> Counter[str]:
    """How often each id is on the server."""
    name = stream(DATASET, context.config.elasticsearch.namespace)
    return on_server(shipped.client(), name)


def settled(context: Context) -> None:
    assert Sides(logged(context, DATASET), on(context), in_letters(context)).wrong() == ""


def mark(context: Context) -> int:
    namespace, origin = context.config.elasticsearch.namespace, context.store.log.origin
    return published(shipped.client(), namespace, DATASET).get(origin, -1)


def test_what_is_shipped_twice_is_stored_once(site: Context) -> None:
    append(site, 3_000, poison=0, rng=RNG, of=1_000)
    first = ship(site)
    append(site, 500, poison=0, rng=RNG, of=500)
    second, third = ship(site), ship(site)

    assert [one.stored for one in (first, second, third)] == [3_000, 500, 0]
    settled(site)
    assert mark(site) == site.store.log.version(DATASET) == 4


def test_a_log_without_rows_publishes_nothing(site: Context) -> None:
    assert ship(site).rows == 0
    assert mark(site) == -1


def test_an_engine_on_the_server_sees_what_the_log_holds(site: Context) -> None:
    append(site, 100, poison=0, rng=RNG, of=50)
    ship(site)

    there = ElasticEngine(shipped.client(), NoRecords(), site.config.elasticsearch.namespace)
    asked = Select(DATASET, columns=("event.id", "source.ip", "soc.version"))
    window = there.window(DATASET, {})
    sides = [
        sorted(tuple(row.values()) for b in engine.select(replace(asked, window=window))
               for row in b.to_pylist())
        for engine in (there, site.engine)
    ]  # fmt: skip

    assert sides[0] == sides[1]
    assert len(sides[0]) == 100


def crashed(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipper ends after everything was sent, before its position moved."""

    def killed(self: object, sender: object) -> None:
        for _, future in self._under_way:  # type: ignore[attr-defined]
            future.result()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(_ship_pass.Pass, "_settle", killed)
        with pytest.raises(KeyboardInterrupt):
            ship(context)


def test_a_rollover_between_a_crash_and_the_next_try_doubles_nothing(
    site: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(site, 2_000, poison=0, rng=RNG, of=500)
    crashed(site, monkeypatch)
    name = stream(DATASET, site.config.elasticsearch.namespace)
    shipped.client().indices.rollover(alias=name)
    append(site, 500, poison=0, rng=RNG, of=500)

    told = ship(site)

    settled(site)
    assert (told.already, told.stored) == (2_000, 500)
    assert len(backing(shipped.client(), name)) == 2


def test_a_home_that_forgot_asks_before_it_sends(site: Context) -> None:
    append(site, 1_000, poison=0, rng=RNG, of=500)
    ship(site)
    name = stream(DATASET, site.config.elasticsearch.namespace)
    shipped.client().indices.rollover(alias=name)
    (home_of(site).folder / f"{DATASET}.position").unlink()

    told = ship(site)

    settled(site)
    assert (told.already, told.stored) == (1_000, 0)


KILLED = """
import os, signal, sys
from pathlib import Path
from cli import jobs
from soc._open import open_context
from soc.config import read
from soc.store import _ship_pass, _ship_read
from soc.store.ship import ship

_ship_read.LOAD_ROWS = 500
settle, left = _ship_pass.Pass._settle, [3]

def killing(self, sender):
    settle(self, sender)
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)

_ship_pass.Pass._settle = killing
with open_context(read(Path(sys.argv[1]), {}), jobs()) as context:
    ship(context)
"""


def test_a_killed_shipper_is_taken_up_where_it_was(tmp_path: Path, namespace: str) -> None:
    with opened(tmp_path, namespace) as context:
        append(context, 6_000, poison=0.01, rng=RNG, of=1_000)
        command = [sys.executable, "-c", KILLED, str(tmp_path / "soc.toml")]
        done = subprocess.run(command, env=inherited(), capture_output=True, check=False)
        behind = status(context)
        told = ship(context)

        assert done.returncode == -signal.SIGKILL, done.stderr
        settled(context)
    assert not behind["running"]
    assert 0 < behind["lag_rows"] <= 6_000
    assert told.already > 0


def test_marks_never_go_back(site: Context) -> None:
    namespace = site.config.elasticsearch.namespace
    for version in (5, 3):
        publish(shipped.client(), namespace, DATASET, "one", version)
    publish(shipped.client(), namespace, DATASET, "two", 4)

    assert published(shipped.client(), namespace, DATASET) == {"one": 5, "two": 4}


def test_marks_of_hosts_that_publish_at_once_are_all_kept(site: Context) -> None:
    namespace = site.config.elasticsearch.namespace
    hosts = [f"host-{number}" for number in range(6)]
    threads = [
        threading.Thread(target=publish, args=(shipped.client(), namespace, DATASET, host, 7))
        for host in hosts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert published(shipped.client(), namespace, DATASET) == dict.fromkeys(hosts, 7)


def test_a_log_that_went_back_is_not_shipped_under_versions_that_were_read(
    site: Context,
) -> None:
    append(site, 10, poison=0, rng=RNG, of=10)
    namespace, origin = site.config.elasticsearch.namespace, site.store.log.origin
    publish(shipped.client(), namespace, DATASET, origin, 9)

    with pytest.raises(StoreError, match="was shipped up to version 9, and the log ends at 1"):
        ship(site)
    assert status(site)["state"] == "failed"


def poisoned(context: Context) -> int:
    tighten(shipped.client(), context.config.elasticsearch.namespace)
    return append(context, 1_000, poison=0.05, rng=RNG, of=500)


def mend(context: Context) -> None:
    """The site takes its mapping back; the stream gets a new backing index."""
    namespace = context.config.elasticsearch.namespace
    shipped.client().indices.delete_index_template(name=f"soc.test.{namespace}")
    shipped.client().indices.rollover(alias=stream(DATASET, namespace))


def test_what_is_refused_waits_with_its_reason_and_goes_when_it_is_mended(site: Context) -> None:
    count = poisoned(site)
    told = ship(site)
    letters = letters_of(site)
    waiting = list(letters.all())
    refused = retry(site, None)
    mend(site)
    arrived = retry(site, None)

    assert told.letters == count == sum(letter.count for letter in waiting)
    assert all("failed to parse field" in letter.error for letter in waiting)
    assert [one.waiting for one in refused] == [letter.count for letter in waiting]
    assert [one.delivered for one in arrived] == [letter.count for letter in waiting]
    assert {letter.state for letter in letters.all()} == {"delivered"}
    assert {letter.tries for letter in letters.all()} == {3}
    settled(site)
    [compared] = verify(site, DAY)
    assert compared.same


def test_a_letter_that_arrives_late_is_read_by_those_who_have_passed_its_version(
    site: Context,
) -> None:
    count = poisoned(site)
    ship(site)
    engine = ElasticEngine(shipped.client(), NoRecords(), site.config.elasticsearch.namespace)
    passed = engine.newest(DATASET)
    mend(site)
    retry(site, None)
    append(site, 10, poison=0, rng=RNG, of=10)
    ship(site)

    late = Select(DATASET, columns=("network.vlan.id",), window=engine.window(DATASET, passed))
    found = [row["network.vlan.id"] for b in engine.select(late) for row in b.to_pylist()]

    assert Counter(found) == {"poison": count, "12": 10}


def test_a_letter_is_shown_dropped_with_a_reason_and_taken_up_again(site: Context) -> None:
    poisoned(site)
    ship(site)
    letters = letters_of(site)
    letter = next(letters.all())

    dropped = letters.drop(letter.id, "测试数据")
    [compared] = verify(site, DAY)
    mend(site)
    [again] = retry(site, letter.id)

    assert (dropped.state, dropped.reason) == ("dropped", "测试数据")
    assert compared.same
    assert (again.state, again.delivered) == ("delivered", letter.count)
    with pytest.raises(InputError, match="was delivered"):
        retry(site, letter.id)
    with pytest.raises(InputError, match="was delivered"):
        letters.drop(letter.id, "zu spät")
    with pytest.raises(InputError, match="is not known"):
        retry(site, "nobody")


def test_only_an_administrator_drops_a_letter(site: Context) -> None:
    poisoned(site)
    ship(site)
    letter = next(letters_of(site).all())
    visitor = replace(site, actor=replace(site.actor, rights=frozenset()))

    with pytest.raises(ScopeError, match="may not admin"):
        letters_of(visitor).drop(letter.id, "x")


def test_a_crash_between_the_letters_and_the_position_doubles_no_letter(
    site: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = poisoned(site)

    def killed(self: object, dataset: str, **counts: int) -> None:
        if "letters" in counts:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("soc.store._ship_watch.Watch.counted", killed)
        with pytest.raises(KeyboardInterrupt):
            ship(site)
    ship(site)

    settled(site)
    assert sum(letter.count for letter in letters_of(site).all()) == count


def test_the_log_and_the_server_are_compared_by_id(site: Context) -> None:
    append(site, 600, poison=0, rng=RNG, of=300)
    ship(site)
    namespace = site.config.elasticsearch.namespace
    name = stream(DATASET, namespace)
    ids = sorted(on(site))
    [old] = backing(shipped.client(), name)
    shipped.client().indices.rollover(alias=name)
    document = shipped.client().get(index=old, id=ids[3])["_source"]
    for id in (ids[3], "x" * 32):
        shipped.client().create(index=name, id=id, document=document)
    shipped.client().delete(index=old, id=ids[5], refresh=True)
    shipped.client().indices.refresh(index=name)
    append(site, 7, poison=0, rng=RNG, of=7)

    [found] = verify(site, DAY)

    assert not found.same
    assert (found.log, found.server, found.unshipped) == (607, 600, 7)
    assert found.first_missing == (ids[5],)
    assert found.first_extra == ("x" * 32,)
    assert found.first_doubled == (ids[3],)
    assert verify(site, "2026-03-17") == []
    assert [one.missing for one in verify(site, "2026-03")] == [1]
    assert [one.missing for one in verify(site, "2026-03-17..2026-03-19")] == [1]


@pytest.mark.parametrize("spelled", ["today", "2026-13", "2026-03-32", "2026-03..2026-04", ""])
def test_days_that_cannot_be_read_are_refused(site: Context, spelled: str) -> None:
    with pytest.raises(InputError, match="write 2026-03-18, 2026-03 or 2026-03-01"):
        verify(site, spelled)


def test_status_tells_what_is_behind_without_a_server(tmp_path: Path) -> None:
    with opened(tmp_path, "nowhere", url="http://127.0.0.1:9") as context:
        append(context, 300, poison=0, rng=RNG, of=100)
        with pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1:9.*nothing is lost"):
            ship(context, patience=HASTY)
        told = status(context)

    assert (told["lag_rows"], told["state"], told["running"]) == (300, "waiting", False)
    assert told["lag_seconds"] >= 0
    assert told["retries"] > 0
    assert told["pid"] == os.getpid()


def test_status_says_that_it_is_off_where_nothing_is_configured(context: Context) -> None:
    told = status(context)

    assert (told["state"], told["lag_rows"]) == ("off", None)
    with pytest.raises(ConfigError, match=r"elasticsearch\.hosts: names no cluster"):
        ship(context)
    assert context.jobs.run("store ship", {}, context).result == "skipped"


def test_an_unknown_dataset_is_refused(site: Context) -> None:
    with pytest.raises(ConfigError, match="dataset 'flows': is not one of"):
        ship(site, datasets=["flows"])


def test_only_the_named_datasets_are_shipped(site: Context) -> None:
    append(site, 10, poison=0, rng=RNG, of=10)

    assert ship(site, datasets=["dns"]).rows == 0
    assert status(site)["lag_rows"] == 10
    assert ship(site, datasets=[DATASET]).rows == 10


def test_the_job_ships_and_gives_way_to_a_shipper_that_runs(site: Context) -> None:
    append(site, 20, poison=0, rng=RNG, of=20)
    with home_of(site).held():
        with pytest.raises(Conflict, match="another process ships"):
            ship(site)
        given_way = site.jobs.run("store ship", {}, site)
    outcome = site.jobs.run("store ship", {"datasets": (DATASET,)}, site)

    assert (given_way.result, given_way.counts) == ("skipped", {})
    assert (outcome.result, outcome.counts["stored"]) == ("done", 20)


def test_the_daemon_ships_what_comes_and_ends_when_it_is_told(
    tmp_path: Path, namespace: str
) -> None:
    with opened(tmp_path, namespace) as context:
        stop = threading.Event()
        daemon = threading.Thread(
            target=follow, args=(context, stop), kwargs={"poll_s": 0.05, "probe_s": 0.05}
        )
        daemon.start()
        try:
            append(context, 200, poison=0, rng=RNG, of=100)
            _wait(lambda: status(context)["lag_rows"] == 0)
            during = status(context)
            append(context, 100, poison=0, rng=RNG, of=100)
            _wait(lambda: status(context)["lag_rows"] == 0)
        finally:
            stop.set()
            daemon.join(60)

        settled(context)
        assert mark(context) == 3
        assert during["running"]
        assert not status(context)["running"]
        assert (status(context)["state"], status(context)["lag_rows"]) == ("idle", 0)


def _wait(holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if holds():
            return
        threading.Event().wait(0.1)
    pytest.fail("did not come")


def test_a_clock_that_is_wrong_loses_nothing(tmp_path: Path, namespace: str) -> None:
    config = read(shipping_site(tmp_path, [elastic_server.shared().url], namespace), {})
    clock = StoppedClock()
    with open_context(config, jobs(), clock=clock) as context:
        for wrong in (timedelta(0), timedelta(hours=1), timedelta(hours=-1), timedelta(days=-30)):
            clock.at += wrong
            append(context, 100, poison=0.02, rng=RNG, of=50)
            ship(context)
        assert isinstance(context.store.log, DeltaLog)

        settled(context)
        assert status(context)["lag_seconds"] == 0


def test_a_shipper_that_was_away_longer_than_the_log_remembers_skips_and_doubles_nothing(
    tmp_path: Path, namespace: str
) -> None:
    config = read(shipping_site(tmp_path, [elastic_server.shared().url], namespace), {})
    clock = StoppedClock()
    with open_context(config, jobs(), clock=clock) as context:
        for count in range(40):
            append(context, 3, poison=0, rng=RNG, of=3)
            clock.at += timedelta(hours=1)
            if count == 29:
                ship(context)
        context.store.log.compact(DATASET)
        clock.at += timedelta(days=9)
        append(context, 3, poison=0, rng=RNG, of=3)
        context.store.log.compact(DATASET)
        shipped.client().indices.rollover(alias=stream(DATASET, namespace))
        behind = status(context)["lag_rows"]
        told = ship(context)

        settled(context)
        assert behind >= 33
        assert told.stored == 33
        assert mark(context) == context.store.log.version(DATASET)


def test_a_long_past_that_is_shipped_in_two_goes_is_asked_for_where_it_must(
    tmp_path: Path, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_ship_read, "LOAD_ROWS", 10)
    monkeypatch.setattr(_ship_pass, "UNDER_WAY", 2)
    config = read(shipping_site(tmp_path, [elastic_server.shared().url], namespace), {})
    clock, left = StoppedClock(), [8]
    settle = _ship_pass.Pass._settle

    def interrupted(self: _ship_pass.Pass, sender: Sender) -> None:
        settle(self, sender)
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt

    with open_context(config, jobs(), clock=clock) as context:
        for _ in range(60):
            append(context, 3, poison=0, rng=RNG, of=3)
            clock.at += timedelta(hours=2)
        context.store.log.compact(DATASET)
        clock.at += timedelta(days=9)
        append(context, 3, poison=0, rng=RNG, of=3)
        context.store.log.compact(DATASET)
        with monkeypatch.context() as patch:
            patch.setattr(_ship_pass.Pass, "_settle", interrupted)
            with pytest.raises(KeyboardInterrupt):
                ship(context)
        known = home_of(context).known(DATASET)
        behind = status(context)["lag_rows"]
        shipped.client().indices.rollover(alias=stream(DATASET, namespace))
        told = ship(context)

        settled(context)
    assert known is not None
    assert (known.done, len(known.finished) > 0) == (BEGINNING, True)
    assert 0 < behind < 183
    assert told.rows == behind
    assert 0 < told.already < told.rows


@pytest.mark.parametrize("full", [".position", ".ndjson"])
def test_a_full_disk_in_the_home_is_told_and_loses_nothing(
    site: Context, monkeypatch: pytest.MonkeyPatch, full: str
) -> None:
    poisoned(site)
    kept = _ship_place.replace

    def refused(path: Path, data: bytes, *, durable: bool = True) -> None:
        with _ship_place.writable(path):
            if path.suffix == full:
                raise OSError(errno.ENOSPC, "No space left on device")
        kept(path, data, durable=durable)

    with monkeypatch.context() as patch:
        patch.setattr(_ship_place, "replace", refused)
        with pytest.raises(StoreUnavailable, match="No space left on device: make room"):
            ship(site)
        told = status(site)
    ship(site)

    assert (told["state"], "No space" in told["error"]) == ("failed", True)
    settled(site)


def test_no_secret_is_kept_or_told(tmp_path: Path, namespace: str) -> None:
    environment = {"SOC_ELASTICSEARCH_API_KEY": "c2VjcmV0OnNlY3JldA=="}
    with opened(tmp_path, namespace) as context:
        keyed = replace(context, environment=environment)
        append(keyed, 10, poison=0, rng=RNG, of=10)
        ship(keyed)
        kept = [p.read_bytes() for p in home_of(keyed).folder.rglob("*") if p.is_file()]

    assert all(b"c2VjcmV0" not in data for data in kept)
    assert orjson.loads(next(data for data in kept if b"in_flight" in data))["stored"] == 10

"""Whatever the server answers or fails to answer: nothing is lost and nothing doubled."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from soc.errors import StoreError, StoreUnavailable
from soc.store import _ship_read
from soc.store._ship_wire import Wire
from soc.store.ship import ship, status
from tests.elastic import faults
from tests.elastic.failing_site import (
    HASTY,
    QUICK,
    STREAM,
    failing_site,
    filled,
    is_through,
    settled,
    sides,
)
from tests.elastic.faults import Bulk, Fault, Reply
from tests.elastic.faulty import Faulty
from tests.elastic.faulty_wire import faulty
from tests.elastic.troubled import DATASET
from tests.soc.store.following import following
from tests.soc.store.log_rows import batch

if TYPE_CHECKING:
    from soc.context import Context

ROWS = 400


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    monkeypatch.setattr(_ship_read, "LOAD_ROWS", 50)
    with faulty() as found:
        yield found


@pytest.fixture
def site(tmp_path: Path, server: Faulty) -> Iterator[Context]:
    with failing_site(tmp_path, server) as context:
        yield context


@pytest.mark.parametrize(
    "befalls",
    [
        pytest.param([faults.busy], id="429 once"),
        pytest.param([faults.busy] * 12, id="429 again and again"),
        pytest.param([faults.answer(429, "circuit_breaking_exception")] * 2, id="429 as a whole"),
        pytest.param([faults.answer(503, "master_not_discovered_exception")] * 3, id="503"),
        pytest.param([faults.answer(502, "bad_gateway")], id="502"),
        pytest.param([faults.answer(500, "internal")], id="500"),
        pytest.param([faults.applied_then("cut")] * 2, id="answer cut short"),
        pytest.param([faults.applied_then("drip")], id="answer drips"),
        pytest.param([faults.reset_before] * 3, id="reset before applying"),
        pytest.param([faults.applied_then("reset")] * 3, id="reset after applying"),
        pytest.param([faults.reset_after_with_rollover], id="reset, then rollover"),
        pytest.param([faults.reset_after_with_rollover] * 4, id="resets and rollovers"),
        pytest.param([faults.one_answer_short], id="an answer is missing"),
        pytest.param([faults.one_answer_more], id="an answer too many"),
        pytest.param([faults.in_another_order] * 2, id="answers in another order"),
        pytest.param([faults.of_other_ids] * 2, id="answers of other documents"),
    ],
)
def test_a_fault_that_passes_loses_and_doubles_nothing(
    site: Context, server: Faulty, befalls: Sequence[Fault]
) -> None:
    filled(site, ROWS)
    server.then(*befalls)

    told = ship(site, patience=QUICK)

    settled(site, server)
    assert (told.rows, told.letters) == (ROWS, 0)
    assert not server.script, "not every fault was met"


def test_an_answer_that_comes_too_late_is_asked_for(tmp_path: Path, server: Faulty) -> None:
    server.drip_s = 0.8
    with failing_site(tmp_path, server, timeout_s=0.3) as site:
        filled(site, ROWS)
        server.then(faults.applied_then("late"), faults.applied_then("late"))

        told = ship(site, patience=QUICK)

        settled(site, server)
    assert told.already >= 50


def test_mixed_errors_leave_a_letter_for_what_is_refused_for_good(
    site: Context, server: Faulty
) -> None:
    filled(site, ROWS)
    server.then(faults.mixed)

    told = ship(site, patience=QUICK)

    settled(site, server, letters=told.letters)
    assert 12 <= told.letters <= 13  # one in four of fifty


def test_what_goes_to_the_failure_store_is_no_success(site: Context, server: Faulty) -> None:
    filled(site, ROWS)
    server.then(faults.in_the_failure_store)

    told = ship(site, patience=QUICK)

    settled(site, server, letters=17)
    assert told.letters == 17
    assert "failure_store" in str(status(site)["rejected"])


def test_poison_is_kept_in_letters_and_the_rest_is_stored(site: Context, server: Faulty) -> None:
    poisoned = filled(site, ROWS, poison=0.1)

    ship(site, patience=QUICK)

    settled(site, server, letters=poisoned)
    assert status(site)["dead_letters"] == poisoned > 0


def test_a_request_that_is_too_large_is_cut_until_it_fits(site: Context, server: Faulty) -> None:
    filled(site, ROWS)
    server.limit_bytes = 3_000

    told = ship(site, patience=QUICK)

    settled(site, server)
    assert told.letters == 0


def test_a_document_that_is_too_large_by_itself_is_a_letter(site: Context, server: Faulty) -> None:
    filled(site, 60)
    large = pa.array(["x" * 8_000 if n == 7 else "" for n in range(20)])
    site.store.log.append([batch(1, 20, 8, DATASET, message=large)])
    server.limit_bytes = 3_000

    ship(site, patience=QUICK)

    settled(site, server, letters=1)


def test_a_server_that_refuses_for_long_is_waited_for(site: Context, server: Faulty) -> None:
    filled(site, ROWS)
    server.cluster.is_blocked = True
    lifted = threading.Timer(0.8, lambda: setattr(server.cluster, "is_blocked", False))
    lifted.start()

    ship(site, patience=QUICK)
    lifted.join()

    settled(site, server)


def test_a_server_that_refuses_for_ever_ends_the_run_in_one_line_and_nothing_is_lost(
    site: Context, server: Faulty
) -> None:
    poisoned = filled(site, ROWS, poison=0.02)
    server.cluster.is_blocked = True

    with pytest.raises(StoreUnavailable, match="cluster_block_exception") as told:
        ship(site, patience=HASTY)

    assert "\n" not in str(told.value)
    assert (status(site)["state"], status(site)["lag_rows"]) == ("blocked", ROWS)
    server.cluster.is_blocked = False
    ship(site, patience=QUICK)
    settled(site, server, letters=poisoned)
    assert (status(site)["state"], status(site)["lag_rows"]) == ("idle", 0)


def test_a_server_that_lets_nobody_in_stops_the_run_at_once(site: Context, server: Faulty) -> None:
    filled(site, ROWS)
    server.then(*[faults.answer(401, "security_exception")] * 20)

    with pytest.raises(StoreError, match="security_exception") as told:
        ship(site, patience=QUICK)

    assert not told.value.can_retry
    assert status(site)["state"] == "stopped"
    server.script.clear()
    ship(site, patience=QUICK)
    settled(site, server)


def test_the_daemon_goes_on_when_the_server_lets_it_in_again(site: Context, server: Faulty) -> None:
    filled(site, ROWS)
    server.then(*[faults.answer(403, "security_exception")] * 3)

    with following(site) as is_done:
        is_done(partial(is_through, site, server))

    settled(site, server)


def test_the_daemon_ships_what_is_appended_while_it_runs(site: Context, server: Faulty) -> None:
    with following(site) as is_done:
        for _ in range(3):
            filled(site, 100)
            is_done(partial(is_through, site, server))

    settled(site, server)


def test_a_mark_is_not_published_for_what_was_not_refreshed(site: Context, server: Faulty) -> None:
    filled(site, ROWS)
    server.unrefreshed = 2

    ship(site, patience=QUICK)

    settled(site, server)
    assert server.unrefreshed == 0


def test_an_index_that_cannot_say_what_it_holds_is_asked_again(
    site: Context, server: Faulty
) -> None:
    filled(site, ROWS)
    server.then(faults.reset_after_with_rollover)
    server.mute = 70

    ship(site, patience=QUICK)

    settled(site, server)
    assert server.mute == 0


def test_a_question_goes_to_the_next_node_where_one_is_gone(tmp_path: Path, server: Faulty) -> None:
    with faulty() as one, faulty() as two:
        pass
    with failing_site(tmp_path, server, one, two) as site:
        filled(site, ROWS)

        ship(site, patience=QUICK)

        settled(site, server)
        for _ in range(8):  # each time another node may be the first
            with closing(Wire(site.config.elasticsearch, {}, site.store.log.origin)) as wire:
                assert wire.published(DATASET) == site.store.log.version(DATASET)


def test_a_server_that_is_away_is_told_in_one_line(tmp_path: Path) -> None:
    with faulty() as gone:
        pass
    with failing_site(tmp_path, gone) as site:
        filled(site, 50)

        with pytest.raises(StoreUnavailable) as told:
            ship(site, patience=HASTY)

        assert "\n" not in str(told.value)
        assert (status(site)["state"], status(site)["lag_rows"]) == ("waiting", 50)


@pytest.mark.parametrize("seed", range(4))
def test_any_faults_in_any_order_lose_and_double_nothing(
    site: Context, server: Faulty, seed: int
) -> None:
    rng = random.Random(seed)
    poisoned = filled(site, ROWS, poison=0.05)
    server.then(*rng.choices(PASSING, k=20))
    for _ in range(20):
        try:
            ship(site, patience=QUICK)
        except StoreError:
            assert sides(site, server).stored <= sides(site, server).logged
            continue
        if not server.script:
            break
        filled(site, 50)

    ship(site, patience=QUICK)
    settled(site, server, letters=len(sides(site, server).letters))
    assert len(sides(site, server).letters) >= poisoned


def rolled_over_before(bulk: Bulk) -> Reply:
    """A healthy answer, from a new backing index."""
    bulk.cluster.rollover(bulk.stream)
    return faults.healthy(bulk)


PASSING: tuple[Fault, ...] = (
    faults.healthy,
    faults.busy,
    faults.in_another_order,
    faults.of_other_ids,
    faults.one_answer_short,
    faults.one_answer_more,
    faults.reset_before,
    faults.reset_after_with_rollover,
    rolled_over_before,
    faults.applied_then("reset"),
    faults.applied_then("cut"),
    faults.answer(429, "circuit_breaking_exception"),
    faults.answer(503, "unavailable"),
    faults.answer(401, "security_exception"),
)


def test_a_home_that_forgot_its_position_asks_what_is_there(site: Context, server: Faulty) -> None:
    filled(site, ROWS)
    server.then(faults.healthy, faults.healthy, *[faults.answer(401, "security_exception")] * 9)
    with pytest.raises(StoreError, match="security_exception"):
        ship(site, patience=QUICK)
    server.script.clear()
    for path in (site.store.home / "ship").rglob("*.position"):
        path.unlink()
    server.cluster.rollover(STREAM)

    ship(site, patience=QUICK)

    settled(site, server)

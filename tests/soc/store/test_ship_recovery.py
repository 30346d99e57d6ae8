"""Full disk, server away, clock off: told as it is, and over without a hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from soc.errors import StoreUnavailable
from soc.store.ship import ship, status
from tests.conftest import NOW, SetClock
from tests.elastic.failing_site import QUICK, failing_site, filled, is_through, settled, stored
from tests.elastic.faulty import Faulty
from tests.elastic.faulty_wire import faulty
from tests.soc.store.following import following
from tests.soc.store.small_disk import fill, small_disk

AWAY_ROWS = 200_000


@pytest.fixture
def server() -> Iterator[Faulty]:
    with faulty() as found:
        yield found


def test_a_full_disk_is_told_loses_nothing_and_is_over_when_there_is_room(
    tmp_path: Path, server: Faulty
) -> None:
    with small_disk(tmp_path / "disk", 12) as disk, failing_site(disk, server) as site:
        filled(site, 100)
        ship(site, patience=QUICK)
        poisoned = filled(site, 3_000, poison=0.05, of=500)
        filler = fill(disk)

        with pytest.raises(StoreUnavailable, match="make room") as told:
            ship(site, patience=QUICK)

        assert "\n" not in str(told.value)
        found = status(site)
        assert (found["state"], found["lag_rows"]) == ("failed", 3_000)
        assert "make room" in found["error"]
        filler.unlink()
        ship(site, patience=QUICK)
        settled(site, server, letters=poisoned)
        assert status(site)["state"] == "idle"


def test_the_daemon_outlives_a_full_disk(tmp_path: Path, server: Faulty) -> None:
    with small_disk(tmp_path / "disk", 12) as disk, failing_site(disk, server) as site:
        poisoned = filled(site, 500, poison=0.05)
        with following(site) as until:
            until(partial(is_through, site, server))
            server.cluster.is_blocked = True
            poisoned += filled(site, 2_000, poison=0.05, of=2_000)
            until(lambda: status(site)["state"] == "blocked")
            filler = fill(disk)
            server.cluster.is_blocked = False
            until(lambda: "make room" in status(site)["error"])
            filler.unlink()
            until(partial(is_through, site, server))

        settled(site, server, letters=poisoned)


def test_rows_that_arrive_while_the_server_is_away_are_shipped_when_it_is_back(
    tmp_path: Path,
) -> None:
    with ExitStack() as parts:
        with faulty() as server:
            site = parts.enter_context(failing_site(tmp_path, server))
            filled(site, 1_000, of=1_000)
            ship(site, patience=QUICK)
        filled(site, AWAY_ROWS, of=20_000)
        with following(site) as until:
            until(lambda: status(site)["state"] == "waiting")
            assert status(site)["lag_rows"] == AWAY_ROWS
            with faulty(server):
                until(partial(is_through, site, server), for_s=120)

        assert len(stored(server)) == AWAY_ROWS + 1_000
        settled(site, server)
        assert status(site)["state"] == "idle"


@pytest.mark.parametrize("off", [timedelta(hours=-1), timedelta(hours=1)], ids=["behind", "ahead"])
def test_a_clock_that_is_an_hour_off_and_set_right_again_loses_nothing(
    tmp_path: Path, server: Faulty, off: timedelta
) -> None:
    with failing_site(tmp_path, server, clock=SetClock(NOW + off)) as site:
        filled(site, 300)
        ship(site, patience=QUICK)
        filled(site, 300)
        assert status(site)["lag_seconds"] == 0
    with failing_site(tmp_path, server, clock=SetClock(NOW)) as site:
        late = status(site)
        assert late["lag_rows"] == 300
        assert late["lag_seconds"] == max(0, -off.total_seconds())
        filled(site, 300)

        told = site.jobs.run("store ship", {}, site)

        assert (told.result, told.counts["stored"]) == ("done", 600)
        settled(site, server)
        assert status(site)["lag_seconds"] == 0

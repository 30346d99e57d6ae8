"""With security on: the collector's role is enough to ship, and one that may not write stops it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from soc.errors import StoreError
from soc.store._elastic_client import connect
from soc.store._elastic_keep import rolled_over
from soc.store.ship import home_of, ship, status, verify
from tests.elastic.conftest import NAMESPACE
from tests.soc.store.log_rows import batch

if TYPE_CHECKING:
    from soc.context import Context
    from tests.elastic.secured import Secured


def _as(context: Context, server: Secured, folder: Path, user: str) -> Context:
    """The home of a test, with a user of the server."""
    found = context.config.model_copy(
        update={"elasticsearch": server.settings(folder, user, NAMESPACE)}
    )
    return replace(context, config=found)


def test_the_collector_ships_and_asks_each_backing_index_for_what_it_sent(
    server: Secured, tmp_path: Path, context: Context
) -> None:
    site = _as(context, server, tmp_path, "collector")
    site.store.log.append([batch(1, 30)])
    first = ship(site)
    with connect(server.settings(tmp_path, "setup", NAMESPACE), {}) as client:
        rolled_over(client, NAMESPACE, "flow", max_age="0s")
    (home_of(site).folder / "flow.position").unlink()
    again = ship(site)

    assert (first.stored, again.already, again.stored) == (30, 30, 0)
    with pytest.raises(StoreError, match=r"403.*check the key, and the rights of its role"):
        verify(site, "2026-03-18")
    assert [one.same for one in verify(_as(context, server, tmp_path, "analyst"), "2026-03-18")]


def test_a_role_that_may_not_write_stops_the_shipper_and_loses_nothing(
    server: Secured, tmp_path: Path, context: Context
) -> None:
    site = _as(context, server, tmp_path, "analyst")
    site.store.log.append([batch(1, 30, source=8)])

    with pytest.raises(StoreError, match=r"security_exception.*check the key"):
        ship(site)
    told = status(site)

    assert (told["state"], told["lag_rows"], told["dead_letters"]) == ("stopped", 30, 0)

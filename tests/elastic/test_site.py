"""Tests that run on both engines do ask the server: what is in the log is there first."""

from __future__ import annotations

import pytest

from soc._open import open_context
from soc.config import Config
from soc.context import Context
from soc.query import Select
from tests.elastic import shipped
from tests.soc._stored import stored

pytestmark = pytest.mark.parametrize("answering", ["elasticsearch"], indirect=True)


def _ids(context: Context) -> list[str]:
    batches = context.engine.select(Select("flow", columns=("event.id",)))
    return sorted(row["event.id"] for batch in batches for row in batch.to_pylist())


def test_what_is_appended_is_answered_by_the_server(context: Context) -> None:
    first = stored(context, 2)
    asked = _ids(context)
    second = stored(context, 3, source=8)

    assert asked == sorted(first)
    assert _ids(context) == sorted(first + second)
    mine = {"term": {"soc.origin_host": context.store.log.origin}}
    assert shipped.client().count(index="logs-soc.flow-tests", query=mine)["count"] == 5


def test_a_home_that_is_opened_again_is_the_same_host(config: Config, context: Context) -> None:
    ids = stored(context, 2)
    with open_context(config, ()) as again:
        found = (_ids(context), _ids(again), again.store.log.origin)

    assert found == (sorted(ids), sorted(ids), context.store.log.origin)


def test_two_homes_on_one_server_do_not_see_each_other(config: Config, context: Context) -> None:
    stored(context, 2)
    elsewhere = config.model_copy(update={"home": config.home.parent / "elsewhere"})

    with open_context(elsewhere, ()) as apart:
        assert (_ids(apart), apart.engine.newest("flow")) == ([], {})

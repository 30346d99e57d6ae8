from __future__ import annotations

import pytest

from soc.metrics import question
from soc.metrics._sources import by_observer, covered, sources
from tests.soc.metrics._world import PERIOD, World, source


def test_a_retired_source_is_not_in_use() -> None:
    world = World()
    world.records.put(source("b"), source("a"), source("c", state="retired"))

    assert [each.name for each in sources(question(PERIOD, world.context))] == ["a", "b"]


def test_each_source_has_its_own_share() -> None:
    world = World()
    world.live("edge", range(24))
    world.live("waf-1", range(6))

    found = by_observer(question(PERIOD, world.context))

    assert found == {"edge": 1.0, "waf-1": pytest.approx(0.25)}


def test_nothing_known_is_nothing_expected() -> None:
    asked = question(PERIOD, World().context)

    assert by_observer(asked) == {}
    assert covered(asked).expected_bins == 0

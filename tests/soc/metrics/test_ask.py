from __future__ import annotations

from soc.metrics import question
from soc.metrics._ask import grouped, total
from soc.where import Equals
from tests.soc.metrics._world import PERIOD, World, at


def test_a_count_of_nothing_is_zero_and_a_sum_of_nothing_is_unknown() -> None:
    asked = question(PERIOD, World().context)

    assert total(asked, "flow") == 0
    assert total(asked, "flow", function="sum", column="network.bytes") is None


def test_groups_count_their_rows() -> None:
    world = World()
    for name in ("a", "a", "b"):
        world.engine.add("flow", at(9), observer_name=name)
    asked = question(PERIOD, world.context)

    rows = grouped(asked, "flow", ("observer.name",), Equals("observer.name", "a"))

    assert rows == [{"observer.name": "a", "n": 2}]

"""Counts by the place and the team of their observer."""

from __future__ import annotations

from soc.metrics import breakdown, question
from soc.records.source import Source
from tests.soc.metrics._world import AUTHOR, PERIOD, World, at


def test_attacks_and_flows_are_counted_at_the_layer_and_team_of_their_observer() -> None:
    world = World()
    world.records.put(
        Source(
            id="s1",
            state="active",
            at=at(0),
            author=AUTHOR,
            name="app-waf",
            layer="edge",
            team="安全组",
        )
    )
    world.blocked(9, observer_name="app-waf")
    world.blocked(9.01, observer_name="ids")
    world.blocked(10, observer_name="ids")
    world.engine.add("flow", at(9), observer_name="app-waf")
    asked = question(PERIOD, world.context)

    layers = {n.member: n.value for n in breakdown("attacks_blocked", "layer", asked)}
    teams = {n.member: n.value for n in breakdown("flows_seen", "team", asked)}

    assert layers == {"edge": 1, "": 1}
    assert teams == {"安全组": 1}

from __future__ import annotations

from playbooks._demo_found import neighbour
from soc.net import network

REFUSED: dict[str, list[object]] = {"proposed": [], "refused": [{"network": "203.0.113.66"}]}
SPLIT = ("203.0.113.64/31", "203.0.113.67", "203.0.113.68/30", "203.0.113.72/29")


def found(alone: dict[str, list[object]], *blocked: str) -> dict[str, bool]:
    return {each.name: each.found for each in neighbour(alone, [network(t) for t in blocked])}


def test_an_exit_that_is_refused_and_spared_is_found_so() -> None:
    told = found(REFUSED, *SPLIT)

    assert told == {"neighbour_refused": True, "neighbour_split": True}


def test_a_network_that_covers_the_exit_is_no_split() -> None:
    assert not found(REFUSED, "203.0.113.64/28")["neighbour_split"]


def test_a_network_that_is_not_blocked_at_all_is_no_split() -> None:
    assert not found(REFUSED)["neighbour_split"]


def test_a_proposal_that_was_taken_is_no_refusal() -> None:
    alone: dict[str, list[object]] = {"proposed": [{"network": "203.0.113.66"}], "refused": []}

    assert not found(alone, *SPLIT)["neighbour_refused"]

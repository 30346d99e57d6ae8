from __future__ import annotations

from soc.records._parts import freely, without


def test_states_that_follow_freely_follow_every_other_one() -> None:
    assert freely(("a", "b", "c")) == {"a": ("b", "c"), "b": ("a", "c"), "c": ("a", "b")}


def test_what_is_left_out_is_gone_and_the_order_stays() -> None:
    assert without(("c", "a", "b"), "a", "x") == ("c", "b")

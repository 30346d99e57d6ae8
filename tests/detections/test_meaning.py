"""The ``soc:`` block of a rule."""

from __future__ import annotations

from typing import Any

import pytest

from detections._meaning import meaning
from soc.errors import RuleError

DEFAULTS = {"attacker": ("source.ip",), "entity": ("attacker",), "class": "其他事件/其他"}


def test_what_a_rule_leaves_out_comes_from_its_log_source() -> None:
    found = meaning({"victim": "destination.ip"}, DEFAULTS, "x")

    assert found.attacker == ("source.ip",)
    assert found.victim == ("destination.ip",)
    assert found.columns == {"source.ip", "destination.ip", "destination.port"}


@pytest.mark.parametrize(
    ("block", "named"),
    [
        ({"attaker": "source.ip"}, "attaker"),
        ({"attacker": "source.iq"}, "source.iq"),
        ({"class": "x"}, "class"),
        ({"class": 4}, "class"),
        ({"result": "maybe"}, "result"),
        ({"title_zh": "长" * 61}, "title_zh"),
        ("text", "mapping"),
    ],
)
def test_a_wrong_block_is_refused_with_the_key_named(block: Any, named: str) -> None:
    with pytest.raises(RuleError, match=named):
        meaning(block, DEFAULTS, "x")

"""What is wanting in rules."""

from __future__ import annotations

from pathlib import Path

from detections._lint import complaints, lint
from detections._rules import OWN_SET, ruleset
from detections.sigma import load
from soc.context import Context

TEXT = """
title: x
logsource: {category: dns}
detection: {a: {nothing: evil.test}, condition: a}
"""


def test_our_own_rules_want_nothing(context: Context) -> None:
    assert lint(ruleset(context)) == []


def test_more_is_asked_of_our_own_rules_than_of_others(tmp_path: Path) -> None:
    path = tmp_path / "r.yml"
    path.write_text(TEXT, encoding="utf-8")
    (own,) = load([(path, OWN_SET)]).rules
    (other,) = load([(path, "other")]).rules

    told = " ".join(complaints(own))

    for wanted in ("id:", "level:", "nothing", "technique", "advice_zh", "attacker", "samples"):
        assert wanted in told
    assert len(list(complaints(other))) == 3

from __future__ import annotations

from soc.records.verdict import Verdict


def test_each_rule_set_has_a_verdict_of_its_own() -> None:
    assert Verdict.key("lt", "zombie", "s1") == Verdict.key("lt", "zombie", "s1")
    assert Verdict.key("lt", "zombie", "s1") != Verdict.key("lt", "shadow", "s1")
    assert Verdict.key("lt", "zombie", "s1").startswith("lt-verdict-")


def test_a_verdict_may_change_to_any_other() -> None:
    for state in Verdict.states:
        assert set(Verdict.transitions[state]) == set(Verdict.states) - {state}

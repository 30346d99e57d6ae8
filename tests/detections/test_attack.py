"""Tags read against the ATT&CK table."""

from __future__ import annotations

from detections._attack import read_tags, technique_named


def test_tags_are_techniques_tactics_or_unknown() -> None:
    tags = ["attack.t1190", "attack.initial-access", "attack.t9999", "cve.2021-1", "attack.g0020"]

    assert read_tags(tags) == (("T1190",), ("initial-access",), ("attack.t9999",))


def test_a_tactic_may_be_written_with_underscores() -> None:
    assert read_tags(["attack.initial_access"])[1] == ("initial-access",)


def test_a_technique_is_told_with_its_name_in_chinese() -> None:
    assert technique_named("T1505.003", "zh") == "T1505.003 网页后门"
    assert technique_named("T1505.003", "en") == "T1505.003"
    assert technique_named("T0000", "zh") == "T0000"

"""What is wanting in rules beyond what keeps them from running."""

from __future__ import annotations

from collections.abc import Iterator

from detections._rules import OWN_SET, Ruleset
from detections._samples import path_of
from detections.sigma import Rule


def lint(rules: Ruleset) -> list[str]:
    """One line a complaint: errors of loading first, then rule by rule."""
    return [*rules.errors, *(line for rule in rules.rules for line in complaints(rule))]


def complaints(rule: Rule) -> Iterator[str]:
    """What is wanting in one rule; more is asked of our own."""
    place = str(rule.path)
    yield from (f"{place}: {warning}" for warning in rule.warnings)
    if rule.unsupported:
        yield f"{place}: {rule.unsupported}"
    if rule.ruleset != OWN_SET:
        return
    if not rule.techniques:
        yield f"{place}: tags: no ATT&CK technique: name one"
    if not (rule.meaning.title_zh and rule.meaning.advice_zh):
        yield f"{place}: soc: title_zh or advice_zh is missing: write both"
    if "soc" not in rule.document or "attacker" not in rule.document["soc"]:
        yield f"{place}: soc.attacker: missing: name the attacker's column"
    if not rule.document.get("falsepositives"):
        yield f"{place}: falsepositives: missing: name one"
    if not path_of(rule).exists():
        yield f"{place}: no samples beside it: write a match and a near miss"

"""States of rules, and switching them off."""

from __future__ import annotations

from pathlib import Path

import pytest

from detections import _rules
from detections._rules import Ruleset, ruleset, states, trap_columns
from detections._view import state_view
from detections.sigma import load
from soc.config import Config
from soc.context import Context
from soc.errors import ConfigError, StoreError
from tests.detections.events import RULE, append, probe


def state_of(context: Context, named: str) -> tuple[str, str]:
    rules = ruleset(context)
    rule = rules.rule(named)
    found = next(s for s in states(rules, context.engine) if s.rule.id == rule.id)
    return found.state, found.reason


def test_a_rule_is_inert_until_there_is_a_row_for_it(context: Context) -> None:
    before = state_of(context, RULE)
    append(context, "http", [probe()])

    assert before == ("inert", "http: no row of this log source was ever stored")
    assert state_of(context, RULE) == ("active", "")


def test_a_rule_is_inert_where_a_field_that_it_needs_was_never_filled(context: Context) -> None:
    append(context, "http", [probe(user_agent__original=None)])

    state, reason = state_of(context, RULE)

    assert state == "inert"
    assert "user_agent.original" in reason


def test_a_rule_is_disabled_with_its_reason_and_enabled_again(context: Context) -> None:
    append(context, "http", [probe()])
    rule = ruleset(context).rule(RULE)
    _rules.disable(context, rule, "noisy here")
    off = state_of(context, RULE)
    found = context.jobs.run("detect", {}, context).value["matches"]
    _rules.enable(context, rule, "tuned")

    assert off == ("disabled", "noisy here")
    assert found == 0
    assert state_of(context, RULE)[0] == "active"
    assert context.jobs.run("detect", {}, context).value["matches"] == 1


def test_the_settings_disable_a_rule(context: Context, config: Config) -> None:
    from dataclasses import replace

    table = {"sigma": {"disabled": [RULE]}}
    changed = replace(context, config=config.model_copy(update={"detections": table}))

    assert state_of(changed, RULE) == ("disabled", "settings")


def test_a_broken_list_of_disabled_rules_is_named(context: Context) -> None:
    path = context.store.home / "rules" / "disabled.json"
    path.write_text("{", encoding="utf-8")

    with pytest.raises(StoreError, match=r"disabled\.json"):
        ruleset(context)


def test_a_rule_is_found_by_file_name_and_by_the_beginning_of_its_id(context: Context) -> None:
    rules = ruleset(context)

    assert rules.rule("scanner_user_agent").id == RULE
    assert rules.rule(RULE[:8]).id == RULE
    with pytest.raises(ConfigError, match="no such rule"):
        rules.rule("nothing")


def test_only_a_rule_of_pure_negation_is_a_trap(tmp_path: Path) -> None:
    text = "title: x\nid: 6f4cbd27-1a4d-4f2c-9d5e-9d0a1a1c0001\nlogsource: {category: dns}\n"
    text += "detection: {a: {query: x}, b: {src_ip: 192.0.2.1}, condition: %s}\nlevel: low\n"
    found = []
    for condition in ("not a", "b and not a", "not a or b"):
        path = tmp_path / "r.yml"
        path.write_text(text % condition, encoding="utf-8")
        (rule,) = load([(path, "x")]).rules
        found.append(trap_columns(rule, rule.targets[0]))

    assert found == [{"dns.question.name"}, set(), {"dns.question.name", "source.ip"}]


def test_the_keys_of_a_state_are_stable(context: Context) -> None:
    (first, *_) = states(ruleset(context), context.engine)

    assert list(state_view(first, "zh")) == ["id", "title", "level", "dataset", "state", "reason"]


def test_a_rule_that_is_unsupported_or_disabled_does_not_run(context: Context) -> None:
    rules = ruleset(context)
    off = Ruleset(rules.rules, (), {RULE: "x"}, rules.settings)

    assert RULE not in {rule.id for rule in off.runnable()}
    assert len(off.runnable()) == len(rules.runnable()) - 1

"""Sigma rules mapped to the filter language: meaning, load gate, hostile input."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detections import sigma
from detections._sigma_yaml import check
from soc._evaluate import matches
from soc.errors import RuleError
from soc.where import MANY, ONE, Cidr, Equals, Glob, In, Keyword, Not, Range, Regex, Some, Where
from tests.reference import reference

ID = "6f4cbd27-1a4d-4f2c-9d5e-9d0a1a1c0001"


def text_of(
    detection: str, logsource: str = "category: webserver", condition: str = "s", extra: str = ""
) -> str:
    return f"""
title: Made
id: {ID}
status: test
logsource: {{{logsource}}}
detection:
  s:
    {detection}
  condition: {condition}
level: high
{extra}
"""


def rule_of(text: str, **placeholders: tuple[str, ...]) -> sigma.Rule:
    (rule,) = sigma.parse(text, Path("made.yml"), "made", placeholders)
    return rule


def where_of(detection: str, logsource: str = "category: webserver", **more: Any) -> Where:
    rule = rule_of(text_of(detection, logsource, **more))
    assert rule.unsupported is None, rule.unsupported
    return rule.targets[0].where


def reason_of(detection: str, logsource: str = "category: webserver", **more: Any) -> str:
    reason = rule_of(text_of(detection, logsource, **more)).unsupported
    assert reason is not None
    return reason


def is_match(text: str, event: Mapping[str, Any], **placeholders: tuple[str, ...]) -> bool:
    rule = rule_of(text, **placeholders)
    return any(matches(t.where, event, t.dataset) for t in rule.targets)


@pytest.mark.parametrize(
    ("detection", "value", "is_hit"),
    [
        ("cs-uri-query: /Admin", "/admin", True),
        ("cs-uri-query|cased: /Admin", "/admin", False),
        ("cs-uri-query: '/a*z'", "/a.b.z", True),
        ("cs-uri-query: '/a?z'", "/abz", True),
        ("cs-uri-query: '/a?z'", "/abbz", False),
        ("cs-uri-query: '/a_z'", "/abz", False),
        ("cs-uri-query|contains: '50%'", "/x?50%", True),
        ("cs-uri-query|contains: '50%'", "/x?500", False),
        ("cs-uri-query|contains: 'a\\*b'", "/a*b", True),
        ("cs-uri-query|contains: 'a\\*b'", "/axb", False),
        ("cs-uri-query|startswith: /a", "/A/b", True),
        ("cs-uri-query|startswith: /a", "/b/a", False),
        ("cs-uri-query|endswith: '.php'", "/x.PHP", True),
        ("cs-uri-query|contains|all: [a, b]", "/b?a", True),
        ("cs-uri-query|contains|all: [a, b]", "/a", False),
        ("cs-uri-query|re: 'A[0-9]+'", "/xA12", True),
        ("cs-uri-query|re: 'A[0-9]+'", "/xa12", False),
        ("cs-uri-query|re|i: 'A[0-9]+'", "/xa12", True),
        ("cs-uri-query|base64offset|contains: secret", "/x?c2VjcmV0", True),
        ("cs-uri-query|windash|contains: ' -x'", "/a /x", True),
        ("cs-uri-query|exists: true", "", True),
        ("cs-uri-query: ''", "", True),
        ("cs-uri-query: ''", "/", False),
        ("cs-uri-query: null", "/", False),
        ("cs-uri-query|neq: /a", "/a", False),
        ("cs-uri-query|neq: /a", "/b", True),
        ("cs-uri-query: '*'", "/b", True),
    ],
)
def test_a_comparison_of_text_means_what_sigma_says(
    detection: str, value: str, is_hit: bool
) -> None:
    assert is_match(text_of(detection), {"url.original": value}) is is_hit


@pytest.mark.parametrize(
    ("detection", "event", "is_hit"),
    [
        ("sc-status: 404", {"http.response.status_code": 404}, True),
        ("sc-status: '404'", {"http.response.status_code": 404}, True),
        ("sc-status|gte: 500", {"http.response.status_code": 500}, True),
        ("sc-status|gt: 500", {"http.response.status_code": 500}, False),
        ("sc-status|lt: 500", {"http.response.status_code": 499}, True),
        ("sc-status|lte: 499", {"http.response.status_code": 500}, False),
        ("sc-status|startswith: '5'", {"http.response.status_code": 503}, True),
        ("src_ip|cidr: 192.0.2.0/24", {"source.ip": "192.0.2.9"}, True),
        ("src_ip|cidr: 2001:db8::/32", {"source.ip": "2001:0DB8:0::0001"}, True),
        ("src_ip|cidr: 192.0.2.0/24", {"source.ip": "198.51.100.9"}, False),
        ("src_ip: 2001:db8::1", {"source.ip": "2001:0db8:0:0:0:0:0:1"}, True),
    ],
)
def test_a_comparison_of_numbers_and_addresses_means_what_sigma_says(
    detection: str, event: Mapping[str, Any], is_hit: bool
) -> None:
    assert is_match(text_of(detection), event) is is_hit


def test_what_is_absent_satisfies_a_negation() -> None:
    text = text_of("cs-uri-query: /a", condition="s and not f")
    text = text.replace("  condition", "  f: {cs-referer|contains: ours}\n  condition")

    assert is_match(text, {"url.original": "/a"})
    assert not is_match(text, {"url.original": "/a", "http.request.referrer": "of OURS"})


def test_null_and_exists_ask_whether_there_is_anything() -> None:
    assert is_match(text_of("cs-referer: null"), {"url.original": "/"})
    assert is_match(text_of("cs-referer|exists: false"), {"url.original": "/"})
    assert not is_match(text_of("cs-referer|exists: true"), {"url.original": "/"})


def test_a_keyword_is_looked_for_in_every_text_column() -> None:
    text = text_of("- 'jndi:'")

    assert is_match(text, {"user_agent.original": "${JNDI:x}"})
    assert is_match(text, {"http.request.body.content": "${jndi:x}"})
    assert not is_match(text, {"http.response.status_code": 200})


def test_a_keyword_with_a_wildcard_inside_keeps_its_parts_in_one_column() -> None:
    text = text_of("- 'a*z'")

    assert is_match(text, {"url.original": "/a-z"})
    assert not is_match(text, {"url.original": "/a", "user_agent.original": "z"})


def test_all_keywords_may_lie_in_different_columns() -> None:
    text = text_of("'|all': [one, two]")

    assert is_match(text, {"url.original": "one", "user_agent.original": "two"})
    assert not is_match(text, {"url.original": "one"})


def test_a_placeholder_stands_for_the_values_of_its_table() -> None:
    text = text_of("src_ip|expand: '%scanners%'")

    assert is_match(text, {"source.ip": "192.0.2.7"}, scanners=("198.51.100.1", "192.0.2.0/24"))
    assert not is_match(text, {"source.ip": "203.0.113.7"}, scanners=("192.0.2.0/24",))


def test_equalities_of_one_field_become_one_list() -> None:
    assert where_of("cs-method: [GET, POST]") == In("http.request.method", ("GET", "POST"))


@pytest.mark.parametrize(
    ("detection", "where"),
    [
        ("sc-status|neq: 200", Not(Equals("http.response.status_code", 200))),
        ("sc-bytes|gt: 5", Range("http.response.body.bytes", low=5, with_low=False)),
        ("src_ip|cidr: 192.0.2.0/24", Cidr("source.ip", "192.0.2.0/24")),
        ("cs-uri-query|re|i|s: a.b", Regex("url.original", "(?is)a.b")),
        ("cs-uri-query: 'a*b?'", Glob("url.original", ("a", MANY, "b", ONE))),
        ("- only", Keyword("only")),
    ],
)
def test_a_tree_is_mapped_to_the_node_that_means_it(detection: str, where: Where) -> None:
    assert where_of(detection) == where


def test_the_query_of_a_web_server_means_path_and_query() -> None:
    assert where_of("cs-uri-query: /a") == Equals("url.original", "/a")
    assert where_of("cs-uri: /a", "category: proxy") == Equals("url.full", "/a")


def test_a_firewall_rule_also_reads_flows_where_its_fields_suffice() -> None:
    both = rule_of(text_of("dst_port: 23", "category: firewall"))
    one = rule_of(text_of("action: deny", "category: firewall"))

    assert [target.dataset for target in both.targets] == ["firewall", "flow"]
    assert [target.dataset for target in one.targets] == ["firewall"]


def test_a_rule_of_a_product_sees_only_events_of_it() -> None:
    text = text_of("query: a.test", "category: dns, product: acme")

    assert is_match(text, {"dns.question.name": "a.test", "observer.vendor": "Acme"})
    assert not is_match(text, {"dns.question.name": "a.test", "observer.vendor": "other"})


@pytest.mark.parametrize(
    ("detection", "logsource", "named"),
    [
        ("no-such-field: 1", "category: webserver", "'no-such-field'"),
        ("cs-uri-query: 1", "category: process_creation", "process_creation"),
        ("cs-uri-query|fieldref: cs-host", "category: webserver", "fieldref"),
        ("cs-uri-query|expand: '%none%'", "category: webserver", "%none%"),
        ("cs-uri-query|re: '(?=a)b'", "category: webserver", "RE2"),
        ("cs-uri-query|cidr: 192.0.2.0/24", "category: webserver", "holds no addresses"),
        ("src_ip: server", "category: webserver", "'server' is no address"),
        ("- text", "service: netflow", "flows hold no text"),
        ("cs-uri-query|hour: 3", "category: webserver", "parts of a time"),
        ("- ''", "category: webserver", "empty"),
    ],
)
def test_what_cannot_run_is_unsupported_and_says_why(
    detection: str, logsource: str, named: str
) -> None:
    assert named in reason_of(detection, logsource)


def test_a_correlation_is_unsupported_and_says_so() -> None:
    rule = rule_of(f"title: x\nid: {ID}\ncorrelation: {{type: event_count}}\n")

    assert rule.unsupported is not None
    assert "correlation" in rule.unsupported


def test_a_condition_that_names_no_selection_is_unsupported() -> None:
    assert "holds nothing" in reason_of("cs-method: a", condition="1 of nothing*")


@pytest.mark.parametrize(
    "text",
    [
        "title: [",
        "- 1",
        "",
        "title: x",
        "title: x\ndetection: 3\nlogsource: {category: dns}",
        text_of("cs-method: a", condition="t"),
        text_of("cs-method|nonsense: a"),
        text_of("src_ip|cidr: 192.0.2.1/24"),
        text_of("cs-uri-query|re: '('"),
        text_of("cs-method: a", extra="soc: {attaker: source.ip}"),
        text_of("cs-method: a", extra="soc: {attacker: source.iq}"),
        text_of("cs-method: a", extra="soc: {class: nothing}"),
        text_of("cs-method: a", extra="soc: 4"),
        text_of("cs-method: a", extra="level: high"),
        "a: &a [1]\nb: *a",
        "x: " + "[" * 60 + "]" * 60,
        "x: " + "y" * 9_000,
        "x: [" + "1," * 11_000 + "1]",
        "#" * 300_000,
        text_of("cs-method: a", condition="(" * 20 + "s" + ")" * 20),
        text_of("cs-method: a", condition=" or ".join(["s"] * 400)),
        text_of("cs-uri-query|re: '" + "a" * 1_001 + "'"),
        text_of("cs-uri-query|windash: '-a -b -c -d -e -f'"),
    ],
)
def test_a_text_that_is_no_rule_or_is_hostile_is_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.yml"
    path.write_text(text, encoding="utf-8")

    loaded = sigma.load([(path, "made")])

    if not loaded.errors:  # a condition is parsed only after its log source is known
        (rule,) = loaded.rules
        assert rule.unsupported
        return
    (line,) = loaded.errors
    assert "bad.yml" in line
    assert "\n" not in line


def test_a_file_that_cannot_be_read_is_one_line_and_the_rest_go_on(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text(text_of("cs-method: a"), encoding="utf-8")
    bad.write_bytes(b"\xff\xfe\x00")

    loaded = sigma.load([(bad, "x"), (tmp_path / "none.yml", "x"), (good, "x")])

    assert len(loaded.rules) == 1
    assert len(loaded.errors) == 2


def test_of_two_rules_with_one_id_the_first_stays(tmp_path: Path) -> None:
    paths = [tmp_path / "a.yml", tmp_path / "b.yml"]
    for path in paths:
        path.write_text(text_of("cs-method: a"), encoding="utf-8")

    loaded = sigma.load([(path, "x") for path in paths])

    assert [rule.path.name for rule in loaded.rules] == ["a.yml"]
    assert ID in loaded.errors[0]


def test_the_version_changes_with_what_is_found_and_not_with_words() -> None:
    first = rule_of(text_of("cs-method: a"))
    reworded = rule_of(text_of("cs-method: a").replace("title: Made", "title: Other"))
    changed = rule_of(text_of("cs-method: b"))
    blamed = rule_of(text_of("cs-method: a", extra="soc: {attacker: destination.ip}"))

    assert first.version == reworded.version
    assert len({first.version, changed.version, blamed.version}) == 3


def test_an_unknown_attack_tag_is_a_warning() -> None:
    rule = rule_of(text_of("cs-method: a", extra="tags: [attack.t1190, attack.t9999]"))

    assert rule.techniques == ("T1190",)
    assert any("attack.t9999" in warning for warning in rule.warnings)


def test_each_selection_can_be_asked_for_itself() -> None:
    rule = rule_of(text_of("cs-method: a", condition="1 of s*"))

    assert sigma.selections(rule, "http", {}) == {"s": Equals("http.request.method", "a")}


def test_the_cap_on_work_counts_terms_times_values() -> None:
    detection = {"s": {"f": list(range(300))}, "condition": " or ".join(["s"] * 150)}

    with pytest.raises(RuleError, match="split the rule"):
        check({"detection": detection}, "x")


def test_almost_every_public_network_rule_can_run() -> None:
    paths = sorted(reference("sigma").rglob("*.yml"))

    loaded = sigma.load([(path, "public") for path in paths])

    unsupported = {rule.path.stem: rule.unsupported for rule in loaded.rules if rule.unsupported}
    assert len(loaded.rules) == 136
    assert loaded.errors == ()
    assert set(unsupported) == {
        "cisco_duo_mfa_bypass_via_bypass_code",
        "file_event_paloalto_globalprotect_exploit_cve_2024_3400_command_inject_file_creation",
        "zeek_http_exploit_cve_2021_38647_omigod_no_auth_rce",
    }
    assert all(unsupported.values())


def test_no_public_rule_has_a_tag_that_the_table_does_not_know() -> None:
    paths = sorted(reference("sigma").rglob("*.yml"))

    loaded = sigma.load([(path, "public") for path in paths])

    assert [w for rule in loaded.rules for w in rule.warnings if "tag:" in w] == []


_YAML_ISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=80)
@given(detection=st.dictionaries(st.sampled_from(["s", "t|re", "f|cidr"]), _YAML_ISH, max_size=3))
def test_any_detection_is_a_rule_or_is_refused_with_our_error(detection: dict[str, Any]) -> None:
    import yaml

    document = {
        "title": "x",
        "id": ID,
        "logsource": {"category": "dns"},
        "detection": {**detection, "condition": "1 of them"},
    }
    text = yaml.safe_dump(document)

    try:
        found = list(sigma.parse(text, Path("made.yml"), "made", {}))
    except RuleError:
        return
    assert all(rule.unsupported or rule.targets for rule in found)


@settings(max_examples=80)
@given(text=st.text(max_size=200))
def test_any_text_is_rules_or_is_refused_with_our_error(text: str) -> None:
    try:
        found = list(sigma.parse(text, Path("made.yml"), "made", {}))
    except RuleError:
        return
    assert all(rule.id for rule in found)


def test_some_without_parts_never_holds() -> None:
    assert not matches(Some(), {"url.original": "/"}, "http")

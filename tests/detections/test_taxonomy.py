"""Log sources and what they mean."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from detections._taxonomy import blocked_words, classify, column, log_source
from soc import schema
from soc.errors import RuleError


def test_the_entry_that_names_most_wins() -> None:
    assert log_source({"product": "zeek", "service": "dns"}).datasets == ("dns",)
    assert log_source({"category": "firewall"}).datasets == ("firewall", "flow")


def test_a_service_that_nothing_is_known_of_is_refused_by_name() -> None:
    with pytest.raises(RuleError, match="service duo"):
        log_source({"product": "cisco", "service": "duo"})


def test_behind_a_dns_query_the_attacker_is_what_the_name_leads_to() -> None:
    source = log_source({"category": "dns"})

    assert source.attacker == ("dns.resolved_ip",)
    assert source.victim == ("source.ip",)


def test_a_name_limited_to_the_log_source_goes_before_a_general_one() -> None:
    web, proxy = log_source({"category": "webserver"}), log_source({"category": "proxy"})

    assert column("cs-uri-query", web, "http").name == "url.original"
    assert column("cs-uri-query", proxy, "http").name == "url.query"


def test_the_name_of_a_column_means_that_column() -> None:
    flows = log_source({"service": "netflow"})

    assert column("soc.source.zone", flows, "flow").name == "soc.source.zone"


def test_the_first_technique_that_has_a_class_decides() -> None:
    assert classify(["T1595.002"], "x/y") == "网络攻击事件/网络扫描探测"
    assert classify(["T1505.003"], "x/y") == "网络攻击事件/后门植入"
    assert classify(["T1083"], "x/y") == "x/y"


def test_words_for_blocked_are_in_lower_case() -> None:
    assert "blocked" in blocked_words()
    assert all(word == word.lower() for word in blocked_words())


def test_every_entry_names_datasets_and_columns_that_there_are() -> None:
    table = tomllib.loads(files("detections").joinpath("_taxonomy.toml").read_text("utf-8"))

    for entry in table["logsource"]:
        parties = {*entry.get("attacker", ()), *entry.get("victim", ()), *entry.get("only", ())}
        for dataset in entry["datasets"]:
            assert parties <= schema.of(dataset).keys(), entry


def test_the_table_says_where_it_comes_from_and_when() -> None:
    for name in ("_taxonomy.toml", "_attack.toml"):
        about = tomllib.loads(files("detections").joinpath(name).read_text("utf-8"))["about"]
        assert about["source"]
        assert about["as_of"]

"""What every check of open ports promises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners._findings import title
from scanners._findings_list import checks
from scanners._grade import GRADES, data, grade
from scanners.checks import Check, Finding, Observation
from soc.text import LANGUAGES, text

NOW = datetime(2026, 3, 18, 1, tzinfo=UTC)
MODULES = checks()
TEXTS = st.none() | st.text(max_size=40) | st.sampled_from(["nginx", "1.14.2", "Redis", "ssh"])
PARTS = st.fixed_dictionaries(
    {
        "zone_type": st.sampled_from([None, "internet", "public", "management", "lab"]),
        "protocol": TEXTS,
        "method": st.sampled_from([None, "probed", "table"]),
        "product": TEXTS,
        "version": TEXTS | st.from_regex(r"\d{1,3}(\.\d{1,3}){0,4}[a-z]?", fullmatch=True),
        "extra": TEXTS,
        "cpe": st.lists(st.text(max_size=20), max_size=2).map(tuple),
        "is_tls": st.booleans(),
        "title": TEXTS,
        "scripts": st.dictionaries(
            st.sampled_from(["ssl-cert", "ssl-cert.not_after", "ssl-cert.key_bits", "banner"]),
            st.text(max_size=30),
            max_size=3,
        ),
    }
)


def observation(port: int = 80, **parts: Any) -> Observation:
    return Observation("192.0.2.7", port, "tcp", NOW, NOW, **parts)


def test_there_are_the_first_four_checks_and_no_two_rules_share_an_id() -> None:
    rules = [rule.id for module in MODULES for rule in module.CHECK.rules]

    assert {"exposed_service", "certificate", "end_of_life", "default_page"} <= {
        module.CHECK.name for module in MODULES
    }
    assert len(rules) == len(set(rules))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.CHECK.name))
class TestCheck:
    def test_it_is_called_as_its_file_and_so_are_its_rules(self, module: ModuleType) -> None:
        check: Check = module.CHECK

        assert module.__name__ == f"scanners.checks.{check.name}"
        assert {rule.id.partition(".")[0] for rule in check.rules} == {check.name}

    def test_every_rule_has_a_title_and_a_category_in_both_languages(
        self, module: ModuleType
    ) -> None:
        for rule in module.CHECK.rules:
            for language in LANGUAGES:
                assert text(f"findings.title_{rule.id.replace('.', '_')}", language)
                assert text(f"findings.category_{rule.category}", language)

    def test_nothing_is_found_where_nothing_is_known(self, module: ModuleType) -> None:
        assert list(module.evaluate(observation(port=65_000))) == []

    @settings(max_examples=60)
    @given(port=st.sampled_from([22, 23, 80, 443, 445, 6379, 8848, 65_000]), parts=PARTS)
    def test_whatever_a_server_says_findings_can_be_kept(
        self, module: ModuleType, port: int, parts: dict[str, Any]
    ) -> None:
        rules = {rule.id for rule in module.CHECK.rules}
        seen = observation(port, **parts)

        found: list[Finding] = list(module.evaluate(seen))

        assert len({(each.rule, each.host) for each in found}) == len(found)
        for each in found:
            assert each.rule in rules
            assert grade(each.vector) in GRADES
            assert each.confidence in ("verified", "likely", "unconfirmed")
            assert len(each.evidence) <= 200
            assert all(title(each, language) for language in LANGUAGES)

    def test_the_same_observation_says_the_same_again(self, module: ModuleType) -> None:
        seen = observation(6379, product="Redis key-value store", version="3.2.12", method="probed")

        assert list(module.evaluate(seen)) == list(module.evaluate(seen))


@pytest.mark.parametrize("name", ["end_of_life", "grades", "default_pages", "management_services"])
def test_facts_that_others_state_carry_their_date_and_whether_they_were_checked(name: str) -> None:
    facts = data(name)

    assert facts["as_of"] <= datetime.now(UTC).date() + timedelta(days=1)
    assert facts["verified"] in (True, False)
    assert all(entry["source"] for entry in (facts, *facts.get("product", ())) if "cpe" in entry)


def test_every_product_has_cycles_with_days() -> None:
    products = data("end_of_life")["product"]

    assert len(products) >= 20
    assert all(entry["cycles"] and entry["source"] for entry in products)


def test_every_service_has_a_name_in_both_languages() -> None:
    for service in data("management_services")["service"]:
        assert all(text(f"findings.service_{service}", language) for language in LANGUAGES)

"""What every rule file of ours promises."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from detections._lint import complaints
from detections._rules import OWN, own_files
from detections._samples import is_match, outcome, path_of, read
from detections.sigma import Rule, load
from soc.context import Context
from soc.schema import of
from tests.detections.events import append

FILES = sorted(OWN.rglob("*.yml"))
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_SAMPLE_NETWORKS = re.compile(r"^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+$|^2001:db8:")


def rule_of(path: Path) -> Rule:
    loaded = load([(path, "govsoc")])
    assert loaded.errors == ()
    (rule,) = loaded.rules
    return rule


def test_there_are_at_least_ten_rules_and_no_two_share_an_id() -> None:
    loaded = load(own_files())

    assert loaded.errors == ()
    assert len(loaded.rules) == len(FILES) >= 10


def test_the_public_checker_of_sigma_finds_nothing_wanting() -> None:
    """Its two validators that fetch lists from the internet are left out."""
    command = [str(Path(sys.executable).with_name("sigma")), "check", "--fail-on-issues"]
    offline = ["-x", "attacktag", "-x", "d3_fendtag"]

    done = subprocess.run([*command, *offline, str(OWN)], capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Found 0 errors, 0 condition errors and 0 issues" in done.stdout + done.stderr


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.stem))
class TestRule:
    def test_it_can_run_and_nothing_is_wanting(self, path: Path) -> None:
        rule = rule_of(path)

        assert rule.unsupported is None
        assert list(complaints(rule)) == []

    def test_it_speaks_chinese_and_ends_its_advice_as_a_sentence(self, path: Path) -> None:
        meaning = rule_of(path).meaning

        assert _CHINESE.search(meaning.title_zh)
        assert _CHINESE.search(meaning.advice_zh)
        assert meaning.advice_zh.endswith("。")
        assert not meaning.title_zh.endswith("。")

    def test_its_parties_are_columns_of_its_datasets(self, path: Path) -> None:
        rule = rule_of(path)

        for target in rule.targets:
            assert rule.meaning.columns <= of(target.dataset).keys()

    def test_it_matches_its_samples_and_no_near_miss(self, path: Path) -> None:
        result = outcome(rule_of(path))

        assert result.failures == ()
        assert min(result.matches, result.misses) >= 1

    def test_its_samples_name_columns_and_documentation_addresses(self, path: Path) -> None:
        rule = rule_of(path)
        known = {name for target in rule.targets for name in of(target.dataset)}

        for sample in read(path_of(rule)):
            assert sample.event.keys() <= known
            for name in ("source.ip", "destination.ip"):
                assert _SAMPLE_NETWORKS.match(str(sample.event[name]))

    def test_an_empty_event_is_no_match(self, path: Path) -> None:
        assert not is_match(rule_of(path), {})


def test_the_engine_finds_in_the_samples_what_the_evaluator_finds(context: Context) -> None:
    from soc.query import Select

    rules = load(own_files()).rules
    samples = [(rule, sample) for rule in rules for sample in read(path_of(rule))]
    for dataset in {target.dataset for rule in rules for target in rule.targets}:
        rows = [dict(s.event) for rule, s in samples if rule.targets[0].dataset == dataset]
        append(context, dataset, rows)
        wheres = {
            rule.id: target.where
            for rule in rules
            for target in rule.targets
            if target.dataset == dataset
        }
        query = Select(dataset, columns=("soc.record",))
        found = {
            (name, row["soc.record"])
            for name, batch in context.engine.match(query, wheres)
            for row in batch.to_pylist()
        }
        expected = {
            (rule.id, number)
            for number, row in enumerate(rows, start=1)
            for rule in rules
            if rule.targets[0].dataset == dataset and is_match(rule, row)
        }
        assert found == expected

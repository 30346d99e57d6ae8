"""Samples put to rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from detections._samples import outcome, read, run_all
from detections.sigma import Rule, load
from soc.context import Context
from soc.errors import RuleError

TEXT = """
title: x
id: 6f4cbd27-1a4d-4f2c-9d5e-9d0a1a1c0001
logsource: {category: dns}
detection: {a: {query: evil.test}, condition: a}
level: low
"""
HIT = '{"expect": "match", "event": {"dns.question.name": "EVIL.test"}}'
MISS = '{"expect": "miss", "event": {"dns.question.name": "evil.test.org"}}'


def made(folder: Path, *lines: str) -> Rule:
    (folder / "r.yml").write_text(TEXT, encoding="utf-8")
    if lines:
        (folder / "r.samples.ndjson").write_text("\n".join(lines), encoding="utf-8")
    (rule,) = load([(folder / "r.yml", "x")]).rules
    return rule


def test_a_rule_that_does_what_its_samples_say_has_no_failure(tmp_path: Path) -> None:
    result = outcome(made(tmp_path, HIT, MISS))

    assert (result.matches, result.misses, result.failures) == (1, 1, ())


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ((), "missing"),
        ((HIT,), "absent"),
        ((MISS,), "absent"),
        ((HIT.replace("EVIL", "good"), MISS), "line 1"),
        ((HIT, MISS.replace("evil.test.org", "evil.test")), "line 2"),
        (("{", MISS), "line 1"),
        (('{"expect": "maybe", "event": {}}', MISS), "line 1"),
    ],
)
def test_what_is_wrong_with_samples_is_told(
    tmp_path: Path, lines: tuple[str, ...], named: str
) -> None:
    assert named in outcome(made(tmp_path, *lines)).failures[0]


def test_a_huge_file_of_samples_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.ndjson"
    path.write_bytes(b" " * (4 * 1024 * 1024 + 1))

    with pytest.raises(RuleError, match="MiB"):
        list(read(path))


def test_without_names_all_our_own_rules_are_tested(context: Context) -> None:
    results = run_all(context, [])

    assert len(results) >= 10
    assert all(result.failures == () for result in results)
    assert len(run_all(context, ["mining_pool"])) == 1

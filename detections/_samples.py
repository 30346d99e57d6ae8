"""Samples of a rule: events that it must match and near misses that it must not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detections.sigma import Rule
from soc.errors import RuleError

if TYPE_CHECKING:
    from soc.context import Context

_LIMIT = 4 * 1024 * 1024  # bytes of one file of samples


@dataclass(frozen=True, slots=True)
class Sample:
    """One event with what is expected of it."""

    line: int
    expected: bool
    event: Mapping[str, Any]  # dotted names


@dataclass(frozen=True, slots=True)
class Tested:
    """What the samples of one rule gave; a failure is one line."""

    rule: Rule
    matches: int  # samples that are to match
    misses: int
    failures: tuple[str, ...]


def path_of(rule: Rule) -> Path:
    """Where the samples of a rule lie, whether or not there are any."""
    return rule.path.with_name(rule.path.stem + ".samples.ndjson")


def read(path: Path) -> Iterator[Sample]:
    """The samples of a file.

    Raises:
        RuleError: a line is no sample.
    """
    if path.stat().st_size > _LIMIT:
        raise RuleError(f"{path}: over {_LIMIT // 1024 // 1024} MiB: keep fewer samples")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            yield _sample(line, number, path)


def is_match(rule: Rule, event: Mapping[str, Any]) -> bool:
    """True where the rule finds the event in any of its datasets."""
    from soc._evaluate import matches

    return any(matches(target.where, event, target.dataset) for target in rule.targets)


def run_all(context: Context, names: Sequence[str]) -> list[Tested]:
    """The samples of the rules named, or of all our own where none is."""
    from detections._rules import OWN_SET, ruleset

    found = ruleset(context)
    chosen = [found.rule(name) for name in names]
    return [outcome(r) for r in chosen or found.rules if names or r.ruleset == OWN_SET]


def outcome(rule: Rule) -> Tested:
    """The samples of one rule put to it; a rule without samples fails."""
    path = path_of(rule)
    if not path.exists():
        return Tested(rule, 0, 0, (f"{path.name}: missing: write a match and a near miss",))
    try:
        samples = list(read(path))
    except RuleError as error:
        return Tested(rule, 0, 0, (str(error),))
    matching = sum(sample.expected for sample in samples)
    failures = [_failure(rule, sample) for sample in samples]
    missing = [] if 0 < matching < len(samples) else [f"{path.name}: one of match, miss is absent"]
    told = (*(failure for failure in failures if failure), *missing)
    return Tested(rule, matching, len(samples) - matching, told)


def _failure(rule: Rule, sample: Sample) -> str:
    if is_match(rule, sample.event) == sample.expected:
        return ""
    wanted = "match" if sample.expected else "miss"
    return f"{path_of(rule).name}: line {sample.line}: expected a {wanted}"


def _sample(line: str, number: int, path: Path) -> Sample:
    try:
        found = json.loads(line)
        expected = {"match": True, "miss": False}[found["expect"]]
        event = dict(found["event"])
    except (ValueError, KeyError, TypeError) as error:
        remedy = 'write {"expect": "match" or "miss", "event": {…}}'
        raise RuleError(f"{path}: line {number}: {error}: {remedy}") from error
    return Sample(number, expected, event)

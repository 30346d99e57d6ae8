"""Sigma rules, parsed by pySigma and mapped once to the filter language.

A rule is never dead in silence: what cannot be mapped is kept with its reason. Rules are
untrusted input; sizes and nesting are capped before they are parsed.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule

from detections import _attack, _sigma_yaml, _taxonomy
from detections._meaning import Meaning, meaning
from detections._sigma_tree import Mapper, Placeholders
from detections._simplify import simplify
from soc.errors import RuleError
from soc.where import EVERYTHING, NOTHING, All, Keyword, Where, leaves

LEVELS = ("informational", "low", "medium", "high", "critical")  # severity 1 to 5
FIELDS_LIMIT = 20_000  # comparisons of one rule
_FOREIGN = (
    SigmaError,
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
    IndexError,
    OverflowError,
    RecursionError,
    re.error,
)
_CONFIDENCE = {"stable": "high", "test": "medium"}  # by the rule's own status


@dataclass(frozen=True, slots=True)
class Target:
    """One dataset that a rule reads."""

    dataset: str
    where: Where  # log source and condition
    condition: Where
    source: Where  # rows that belong to the log source


@dataclass(frozen=True, slots=True)
class Rule:
    """One single-event rule; ``unsupported`` says why it cannot run, None where it can."""

    id: str
    title: str
    level: str
    status: str
    version: str  # 16 hexadecimal digits over all that decides what it finds
    path: Path
    ruleset: str
    logsource: str
    techniques: tuple[str, ...]
    tactics: tuple[str, ...]
    meaning: Meaning
    targets: tuple[Target, ...]
    unsupported: str | None
    warnings: tuple[str, ...]
    description: str
    document: Mapping[str, Any] = field(compare=False, repr=False)

    @property
    def severity(self) -> int:
        """1 (informational) to 5 (critical)."""
        return LEVELS.index(self.level) + 1

    @property
    def confidence(self) -> str:
        """low, medium or high: the rule's word, else by its status."""
        return self.meaning.confidence or _CONFIDENCE.get(self.status, "low")

    def name(self, language: str) -> str:
        """Its title in the language, as far as it has one."""
        return (self.meaning.title_zh if language == "zh" else "") or self.title


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a set of rule files gave; an error is one line."""

    rules: tuple[Rule, ...]
    errors: tuple[str, ...]


def load(paths: Iterable[tuple[Path, str]], placeholders: Placeholders | None = None) -> Loaded:
    """The rules of files, each given with the name of its set; what fails is told, the rest kept.

    Of several rules with one id the first stays.
    """
    rules: dict[str, Rule] = {}
    errors: list[str] = []
    for path, ruleset in paths:
        try:
            found = list(read(path, ruleset, placeholders or {}))
        except RuleError as error:
            errors.append(str(error))
            continue
        for rule in found:
            if rule.id in rules:
                errors.append(f"{path}: id {rule.id}: is also {rules[rule.id].path}; give a new id")
            else:
                rules[rule.id] = rule
    return Loaded(tuple(rules.values()), tuple(errors))


def read(path: Path, ruleset: str, placeholders: Placeholders) -> Iterator[Rule]:
    """The rules of one file.

    Raises:
        RuleError: the file cannot be read, or a document in it is no rule.
    """
    try:
        if path.stat().st_size > _sigma_yaml.FILE_LIMIT:
            raise RuleError(f"{path}: over {_sigma_yaml.FILE_LIMIT // 1024} KiB: split it")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"{path}: {error}: give a readable UTF-8 file") from error
    return parse(text, path, ruleset, placeholders)


def parse(text: str, path: Path, ruleset: str, placeholders: Placeholders) -> Iterator[Rule]:
    """The rules of a text; ``path`` names it in messages.

    Raises:
        RuleError: it is no YAML, or a document in it is no rule.
    """
    for document in _sigma_yaml.documents(text, str(path)):
        yield _rule(document, path, ruleset, placeholders)


def selections(rule: Rule, dataset: str, placeholders: Placeholders) -> dict[str, Where]:
    """Each selection of the rule's detection by name, as a filter on the dataset."""
    parsed = _parsed(rule.document, str(rule.path))
    source = _taxonomy.log_source(rule.document["logsource"])
    mapper = _mapper(source, dataset, placeholders)
    detections = parsed.detection
    with _quiet():
        nodes = {n: d.postprocess(detections) for n, d in detections.detections.items()}
    return {name: simplify(mapper.where(node)) for name, node in nodes.items()}


def _rule(document: dict[str, Any], path: Path, ruleset: str, placeholders: Placeholders) -> Rule:
    place = str(path)
    if other := next(
        (name for name in ("correlation", "filter", "action") if name in document), ""
    ):
        return _unsupported(document, path, ruleset, f"{other}: only single-event rules are run")
    parsed = _parsed(document, place)
    try:
        source = _taxonomy.log_source(document["logsource"])
    except RuleError as error:
        return _described(document, parsed, path, ruleset, None, str(error))
    targets, reason = _targets(parsed, source, placeholders)
    rule = _described(document, parsed, path, ruleset, source, reason)
    return replace(rule, targets=targets, version=_version(rule, targets))


def _parsed(document: Mapping[str, Any], place: str) -> SigmaRule:
    _sigma_yaml.check(document, place)
    try:
        with _quiet():
            return SigmaRule.from_dict(dict(document))
    except _FOREIGN as error:
        raise RuleError(f"{place}: {error}: see the Sigma specification") from error


def _targets(
    parsed: SigmaRule, source: _taxonomy.LogSource, placeholders: Placeholders
) -> tuple[tuple[Target, ...], str | None]:
    """One target for each dataset in which every field exists; the first reason if none."""
    targets: list[Target] = []
    reasons: list[str] = []
    for dataset in source.datasets:
        try:
            condition = _condition(parsed, _mapper(source, dataset, placeholders))
        except RuleError as error:
            reasons.append(str(error))
            continue
        where = simplify(All((source.only, condition)))
        targets.append(Target(dataset, where, condition, source.only))
    return tuple(targets), None if targets else reasons[0]


def _mapper(source: _taxonomy.LogSource, dataset: str, placeholders: Placeholders) -> Mapper:
    column = partial(_taxonomy.column, source=source, dataset=dataset)
    return Mapper(dataset, column, placeholders)


def _condition(parsed: SigmaRule, mapper: Mapper) -> Where:
    """All conditions of the rule, any of which suffices.

    Raises:
        RuleError: it cannot be mapped, is too large, or never or always true.
    """
    from soc.where import Some

    try:
        with _quiet():
            nodes = [condition.parsed for condition in parsed.detection.parsed_condition]
    except _FOREIGN as error:
        raise RuleError(f"condition: {error}") from error
    where = simplify(Some(tuple(mapper.where(node) for node in nodes)))
    if where in (EVERYTHING, NOTHING):
        raise RuleError("condition: it is the same for every event: name a field")
    found = list(leaves(where))
    if len(found) > FIELDS_LIMIT:
        raise RuleError(f"condition: {len(found)} comparisons: at most {FIELDS_LIMIT}")
    if mapper.dataset == "flow" and any(isinstance(leaf, Keyword) for leaf in found):
        raise RuleError("keyword: flows hold no text to search")
    return where


def _described(
    document: Mapping[str, Any],
    parsed: SigmaRule,
    path: Path,
    ruleset: str,
    source: _taxonomy.LogSource | None,
    reason: str | None,
) -> Rule:
    tags = [str(tag) for tag in parsed.tags]
    techniques, tactics, unknown = _attack.read_tags(tags)
    level = str(parsed.level) if parsed.level else "medium"
    warned = [f"tag: {tag}: not in the ATT&CK table" for tag in unknown]
    if parsed.id is None:
        warned.append("id: missing: made from the title; give a UUID")
    if parsed.level is None:
        warned.append("level: missing: taken as medium")
    return Rule(
        id=str(parsed.id or uuid5(NAMESPACE_OID, parsed.title)),
        title=parsed.title,
        level=level,
        status=str(parsed.status or "experimental"),
        version="",
        path=path,
        ruleset=ruleset,
        logsource=_logsource_text(document),
        techniques=techniques,
        tactics=tactics,
        meaning=_meaning(document, source, techniques, str(path)),
        targets=(),
        unsupported=reason,
        warnings=tuple(warned),
        description=parsed.description or "",
        document=document,
    )


def _meaning(
    document: Mapping[str, Any],
    source: _taxonomy.LogSource | None,
    techniques: tuple[str, ...],
    place: str,
) -> Meaning:
    defaults: dict[str, Any] = {"class": "其他事件/其他"}
    if source:
        defaults = {
            "attacker": source.attacker,
            "victim": source.victim,
            "entity": source.entity,
            "class": _taxonomy.classify(techniques, source.classified),
        }
    return meaning(document.get("soc"), defaults, place)


def _unsupported(document: dict[str, Any], path: Path, ruleset: str, reason: str) -> Rule:
    """A document that is Sigma but no rule of one event."""
    title = str(document.get("title") or path.stem)[:256]
    rule_id = document.get("id") or document.get("name") or title
    level = str(document.get("level", "medium"))
    return Rule(
        id=str(rule_id),
        title=title,
        level=level if level in LEVELS else "medium",
        status="experimental",
        version="",
        path=path,
        ruleset=ruleset,
        logsource="",
        techniques=(),
        tactics=(),
        meaning=meaning(None, {"class": "其他事件/其他"}, str(path)),
        targets=(),
        unsupported=reason,
        warnings=(),
        description="",
        document=document,
    )


def _logsource_text(document: Mapping[str, Any]) -> str:
    names = document["logsource"]
    return ", ".join(f"{key} {names[key]}" for key in _taxonomy.KEYS if names.get(key))


def _version(rule: Rule, targets: tuple[Target, ...]) -> str:
    """Digest of what decides matches and alerts; wording does not change it."""
    named = rule.meaning.model_dump(exclude={"title_zh", "advice_zh"})
    decides = repr(
        (rule.id, rule.level, sorted(named.items()), [(t.dataset, t.where) for t in targets])
    )
    return sha256(decides.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _quiet() -> warnings.catch_warnings[None]:
    """A rule's odd regular expression is no warning of ours."""
    return warnings.catch_warnings(action="ignore")

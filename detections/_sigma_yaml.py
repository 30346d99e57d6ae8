"""YAML of a rule as plain documents, with the caps that untrusted input needs.

Sizes are checked on the events of the parser, before anything is built: an alias bomb, a
tower of brackets or a megabyte of one value never becomes an object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from sigma.rule.base import SigmaYAMLLoader

from soc.errors import RuleError

FILE_LIMIT = 256 * 1024  # bytes of one file
_SCALARS = 10_000  # values of one file
_SCALAR_LENGTH = 8_191  # characters of one value
_PATTERN_LENGTH = 1_000  # characters of one regular expression
_DEPTH = 12
_CONDITION_LENGTH = 1_000
_PARENTHESES = 8
_DASHES = 4  # a windash value stands for 5 ** dashes texts
_WORK = 50_000  # terms of the condition times values of the detection
_DASH = re.compile(r"\B[-/]\b")


def documents(text: str, place: str) -> list[dict[str, Any]]:
    """The YAML documents of one file, each a mapping.

    Raises:
        RuleError: not YAML, too large, too deep, or not a mapping.
    """
    try:
        _measure(text, place)
        found = list(yaml.load_all(text, Loader=SigmaYAMLLoader))
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, AttributeError) as error:
        raise RuleError(f"{place}: {error}: write valid YAML") from error
    kept = [document for document in found if document is not None]
    if not kept or not all(isinstance(document, dict) for document in kept):
        raise RuleError(f"{place}: no rule in it: a rule is a mapping with title and detection")
    return kept


def check(document: Mapping[str, Any], place: str) -> None:
    """The rule is small enough to be parsed.

    Raises:
        RuleError: names what is too much.
    """
    detection = document.get("detection")
    if not isinstance(detection, Mapping):
        raise RuleError(f"{place}: detection: {type(detection).__name__}: write a mapping")
    given = detection.get("condition")
    conditions = given if isinstance(given, list) else [given]
    terms = sum(_check_condition(condition, place) for condition in conditions)
    values = sum(1 for _ in _values(detection, ""))
    if terms * values > _WORK:
        raise RuleError(f"{place}: condition: {terms} terms over {values} values: split the rule")
    for key, value in _values(detection, ""):
        _check_value(key, value, place)


def _measure(text: str, place: str) -> None:
    if len(text.encode("utf-8", "replace")) > FILE_LIMIT:
        raise RuleError(f"{place}: over {FILE_LIMIT // 1024} KiB: split it")
    depth = scalars = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise RuleError(f"{place}: *{event.anchor}: aliases are not taken; write it out")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.ScalarEvent):
            scalars += 1
            _check_scalar(event, place)
        if depth > _DEPTH or scalars > _SCALARS:
            raise RuleError(f"{place}: more than {_DEPTH} levels or {_SCALARS} values: split it")


def _check_scalar(event: yaml.ScalarEvent, place: str) -> None:
    if len(event.value) > _SCALAR_LENGTH:
        line = event.start_mark.line + 1 if event.start_mark else 0
        raise RuleError(f"{place}: line {line}: over {_SCALAR_LENGTH} characters: shorten it")


def _check_condition(condition: object, place: str) -> int:
    if not isinstance(condition, str):
        raise RuleError(f"{place}: condition: {condition!r}: write a text")
    if len(condition) > _CONDITION_LENGTH or condition.count("(") > _PARENTHESES * 4:
        raise RuleError(f"{place}: condition: too long: split the rule")
    depth = deepest = 0
    for character in condition:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    if deepest > _PARENTHESES:
        raise RuleError(f"{place}: condition: {deepest} brackets deep: at most {_PARENTHESES}")
    return len(condition.split())


def _check_value(key: str, value: object, place: str) -> None:
    modifiers = key.split("|")[1:]
    text = str(value)
    if "re" in modifiers and len(text) > _PATTERN_LENGTH:
        raise RuleError(f"{place}: {key}: pattern over {_PATTERN_LENGTH} characters: shorten it")
    if "windash" in modifiers and len(_DASH.findall(text)) > _DASHES:
        raise RuleError(f"{place}: {key}: more than {_DASHES} dashes: shorten the value")


def _values(node: object, key: str) -> Iterator[tuple[str, object]]:
    if isinstance(node, Mapping):
        for name, below in node.items():
            yield from _values(below, str(name))
    elif isinstance(node, list):
        for below in node:
            yield from _values(below, key)
    else:
        yield key, node

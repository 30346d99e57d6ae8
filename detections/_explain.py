"""Why a rule matches an event or not: the truth of each of its selections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detections import sigma
from detections._rules import Ruleset
from soc.errors import InputError, RuleError
from soc.query import Select
from soc.where import Equals

if TYPE_CHECKING:
    from detections.sigma import Rule
    from soc.context import Context


@dataclass(frozen=True, slots=True)
class Explained:
    """One rule held against one event."""

    dataset: str
    is_match: bool
    belongs: bool  # the event belongs to the rule's log source
    selections: Mapping[str, bool]
    condition: str


def explain(context: Context, rules: Ruleset, rule: Rule, event_id: str) -> Explained:
    """The rule held against a stored event.

    Raises:
        RuleError: the rule cannot run.
        InputError: none of its datasets holds the event.
    """
    if rule.unsupported:
        raise RuleError(f"{rule.path}: {rule.unsupported}")
    for target in rule.targets:
        query = Select(target.dataset, where=Equals("event.id", event_id), limit=1)
        for batch in context.engine.select(query):
            for event in batch.to_pylist():
                return held(rules, rule, target.dataset, event)
    datasets = ", ".join(target.dataset for target in rule.targets)
    raise InputError(f"event {event_id!r}: not in {datasets}; take an id from `soc alerts show`")


def held(rules: Ruleset, rule: Rule, dataset: str, event: Mapping[str, Any]) -> Explained:
    """The rule held against an event of one of its datasets."""
    from soc._evaluate import matches

    target = next(target for target in rule.targets if target.dataset == dataset)
    selections = sigma.selections(rule, dataset, rules.settings.placeholders)
    return Explained(
        dataset=dataset,
        is_match=matches(target.where, event, dataset),
        belongs=matches(target.source, event, dataset),
        selections={name: matches(where, event, dataset) for name, where in selections.items()},
        condition=str(rule.document["detection"]["condition"]),
    )

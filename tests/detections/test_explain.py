"""Why a rule matches an event."""

from __future__ import annotations

import pytest

from detections import _explain
from detections._rules import ruleset
from soc.context import Context
from soc.errors import InputError
from soc.query import Select
from tests.detections.events import append, probe


def test_each_selection_has_its_truth(context: Context) -> None:
    append(context, "http", [probe(user_agent__original="x", url__original="/v2/api-docs")])
    query = Select("http", columns=("event.id",))
    (event,) = [row["event.id"] for b in context.engine.select(query) for row in b.to_pylist()]
    rules = ruleset(context)

    found = _explain.explain(context, rules, rules.rule("management_endpoint_exposed"), event)

    assert found.selections == {"endpoint": True, "answered": False, "own_view": False}
    assert (found.is_match, found.belongs, found.dataset) == (False, True, "http")
    assert found.condition == "endpoint and answered and not own_view"


def test_an_event_that_is_nowhere_is_named(context: Context) -> None:
    rules = ruleset(context)

    with pytest.raises(InputError, match="not in http"):
        _explain.explain(context, rules, rules.rule("sql_injection"), f"{1:032x}")

"""Rights are asked for where people are named; refusals are told and audited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from soc.config import Person
from soc.context import Context
from soc.errors import ScopeError
from soc.rights import demanded


def acting(context: Context, *rights: str, people: Mapping[str, Person] | None = None) -> Context:
    """Somebody with these rights, at a site of these people."""
    named = {"tester": Person()} if people is None else people
    config = context.config.model_copy(update={"people": named})
    actor = replace(context.actor, rights=frozenset(rights))
    return replace(context, config=config, actor=actor)


def refusals(context: Context) -> list[dict[str, Any]]:
    return [entry for entry in context.store.audit.entries() if entry["action"] == "refused"]


def test_who_has_the_right_is_let_through(context: Context) -> None:
    demanded("judge", acting(context, "judge"), "alert", "a1", "comment")

    assert refusals(context) == []


def test_who_has_not_is_refused_with_the_remedy_and_it_is_audited(context: Context) -> None:
    with pytest.raises(ScopeError, match=r"may not admin.*\[people\.tester\]") as caught:
        demanded("admin", acting(context, "judge"), "zone", "互联网区", "set")

    assert caught.value.exit_code == 7
    assert [(e["kind"], e["id"], e["wanted"]) for e in refusals(context)] == [
        ("zone", "互联网区", "set")
    ]


def test_a_site_that_names_nobody_is_one_persons(context: Context) -> None:
    demanded("admin", acting(context, people={}), "zone", "互联网区", "set")

    assert refusals(context) == []

"""How the demo judges what it planted in the ledger and the history."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from playbooks import _demo_estate as estate
from playbooks.simulate import _estate
from soc.records.system import System
from soc.records.verdict import Verdict
from soc.store import Change
from soc.text import Language, text
from tests.conftest import NOW

if TYPE_CHECKING:
    from soc.context import Context

SILENT = _estate.SILENT[0]
LEDGER: dict[str, Any] = {
    "conflicts": [{"address": _estate.DISPUTED[0].address, "units": ["甲局", "乙局"]}],
    "refused": 1,
    "errors": [{"row": 307}],
}


@pytest.fixture
def put(context: Context) -> Callable[..., None]:
    """Stores a system of that name with a verdict of that class."""

    def stored(name: str, category: str) -> None:
        told: dict[str, Any] = {"at": NOW, "author": context.actor.author()}
        system = System(id=f"lt-system-{name}", state="running", name=name, **told)
        verdict = Verdict(
            id=f"lt-verdict-{name}",
            state=category,
            rule_set="zombies",
            rule_version="1",
            subject=system.id,
            since=NOW,
            **told,
        )
        context.store.records.apply([Change(f"{r.id}:1", r, expected=0) for r in (system, verdict)])

    return stored


def found(context: Context, name: str) -> Any:
    return {each.name: each for each in estate.of_history(context)}[name]


def test_a_silent_system_is_found_by_a_verdict_of_its_class(context: Context, put: Any) -> None:
    put(SILENT.system.name, SILENT.category)

    assert found(context, SILENT.name).found
    assert estate.condemned_in_error(context) == 0


def test_another_class_or_none_finds_nothing_and_says_which(context: Context, put: Any) -> None:
    assert found(context, SILENT.name).why == "no_verdict"

    put(SILENT.system.name, "active")

    assert found(context, SILENT.name).why == "other_class"


def test_a_benign_system_that_is_condemned_is_told_and_counted(context: Context, put: Any) -> None:
    put(_estate.BENIGN[0].system.name, "zombie")
    put(_estate.BENIGN[1].system.name, "active")

    assert [each.found for each in estate.benign(context)] == [True, False, False]
    assert estate.condemned_in_error(context) == 1


def test_a_classified_row_counts_only_if_nothing_of_it_was_stored(
    context: Context, put: Any
) -> None:
    before = {each.name: each.found for each in estate.of_ledger(context, LEDGER)}
    put(_estate.SECRET.name, "active")
    after = {each.name: each.found for each in estate.of_ledger(context, LEDGER)}

    assert (before["secret_row"], after["secret_row"]) == (True, False)


def test_an_endpoint_is_in_dispute_where_two_units_are_named(context: Context) -> None:
    quiet = LEDGER | {"conflicts": []}

    told = [{e.name: e.found for e in estate.of_ledger(context, x)} for x in (LEDGER, quiet)]

    assert [each["disputed_endpoint"] for each in told] == [True, False]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_everything_planted_has_a_title_and_every_reason_a_text(
    context: Context, language: Language
) -> None:
    told = [*estate.of_ledger(context, LEDGER), *estate.of_history(context)]
    keys = {f"demo.thing.{each.name}" for each in (*told, *estate.benign(context))}
    keys |= {f"demo.why.{why}" for why in ("no_verdict", "other_class", "not_told")}

    assert [key for key in sorted(keys) if not text(key, language)] == []

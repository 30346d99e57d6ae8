from __future__ import annotations

from importlib.resources import files

import pytest
import yaml

from playbooks.simulate import _city as city
from playbooks.simulate._planted import PLANTED, RULES, TWINS, Planted
from soc.net import covers, merge, network
from soc.text import LANGUAGES, text

ATTACKERS = merge([network(city.ATTACKERS), network(city.ATTACKERS_V6)])


def shipped() -> dict[str, str]:
    """File name of every rule that ships, with its id."""
    root = files("detections").joinpath("rules")
    paths = [path for folder in root.iterdir() if folder.is_dir() for path in folder.iterdir()]
    return {
        path.name.removesuffix(".yml"): yaml.safe_load(path.read_text(encoding="utf-8"))["id"]
        for path in paths
        if path.name.endswith(".yml")
    }


def test_every_rule_that_is_named_ships_under_that_id() -> None:
    assert RULES.items() <= shipped().items()


def test_every_rule_that_ships_has_something_to_find() -> None:
    assert {thing.rule for thing in PLANTED} == set(shipped().values())


@pytest.mark.parametrize("thing", PLANTED, ids=lambda thing: thing.name)
def test_a_planted_thing_is_done_by_an_attacker_to_one_of_ours(thing: Planted) -> None:
    ours = merge([network(n) for prefixes in city.ZONES.values() for n in prefixes])

    assert covers(ATTACKERS, network(thing.attacker))
    assert covers(ours, network(thing.victim))
    assert thing.traces


def test_no_twin_is_an_attacker_of_a_planted_thing() -> None:
    assert {t.source for t in TWINS} & {thing.attacker for thing in PLANTED} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_planted_thing_has_a_title(language: str) -> None:
    titles = [text(f"demo.thing.{thing.name}", language) for thing in (*PLANTED, *TWINS)]  # type: ignore[arg-type]

    assert len(set(titles)) == len(PLANTED) + len(TWINS)

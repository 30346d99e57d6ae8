"""How the demo judges its own day; the whole run is in ``tests/e2e/test_demo.py``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from playbooks import demo
from playbooks.blocklists import plain
from playbooks.simulate._planted import PLANTED, Planted
from soc.records.alert import Alert, Attacker, Victim
from tests.conftest import NOW

if TYPE_CHECKING:
    from soc.context import Context

THING = PLANTED[0]


@pytest.fixture
def alert(context: Context) -> Any:
    def made(
        rule: str = THING.rule,
        attacker: str = THING.attacker,
        victim: str = THING.victim,
        **facts: Any,
    ) -> Alert:
        given: dict[str, Any] = {
            "id": "lt-alert-1",
            "no": "GJ-20260318-001",
            "state": "open",
            "at": NOW,
            "author": context.actor.author(),
            "title": "目录遍历",
            "first_seen": NOW,
            "last_seen": NOW,
            "rule": rule,
            "attackers": (Attacker(address=attacker),),
            "victims": (Victim(endpoint=victim),),
        }
        return Alert(**given | facts)

    return made


def test_a_thing_is_found_by_an_alert_of_its_rule_that_names_both_parties(alert: Any) -> None:
    found = demo._found(THING, [alert()])

    assert (found.found, found.by, found.why) == (True, "目录遍历 · GJ-20260318-001", "")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"rule": "another"}, "no_alert"),
        ({"attacker": "203.0.113.9"}, "wrong_party"),
        ({"victim": "192.0.2.99"}, "wrong_party"),
    ],
)
def test_an_alert_that_names_somebody_else_finds_nothing(
    alert: Any, wrong: dict[str, str], why: str
) -> None:
    found = demo._found(THING, [alert(**wrong)])

    assert (found.found, found.why) == (False, why)


@pytest.mark.parametrize(
    ("endpoint", "victim"),
    [("192.0.2.40:3389", "192.0.2.40"), ("[2001:db8:200::11]:22", "2001:db8:200::11")],
)
def test_a_victim_is_known_with_or_without_its_port(alert: Any, endpoint: str, victim: str) -> None:
    thing = Planted("t", THING.rule, THING.attacker, victim, ())

    assert demo._found(thing, [alert(victim=endpoint)]).found


def test_a_client_behind_a_proxy_is_named_by_either_address(alert: Any) -> None:
    behind = alert(attackers=(Attacker(address="203.0.113.10", forwarded=THING.attacker),))

    assert demo._found(THING, [behind]).found


def test_an_alert_is_expected_for_a_planted_rule_and_its_attacker_only(alert: Any) -> None:
    expected = {(THING.rule, THING.attacker)}

    assert demo._is_expected(alert(), expected)
    assert not demo._is_expected(alert(rule="another"), expected)
    assert not demo._is_expected(alert(attacker="203.0.113.9"), expected)


def test_a_twin_is_raised_by_any_alert_that_blames_it(alert: Any) -> None:
    alerts = [alert(rule="another", attacker="203.0.113.31")]

    assert demo._raised("search", "203.0.113.31", alerts).found
    assert not demo._raised("search", "203.0.113.32", alerts).found


def test_what_is_blocked_is_read_from_the_list_that_was_written(tmp_path: Path) -> None:
    assert demo._blocked(tmp_path) == []

    (tmp_path / f"blocklist{plain.SUFFIX}").write_text("198.51.100.23\n2001:db8:bad::7\n")

    assert [str(found) for found in demo._blocked(tmp_path)] == [
        "198.51.100.23",
        "2001:db8:bad::7",
    ]

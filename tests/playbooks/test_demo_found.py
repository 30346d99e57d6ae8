from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from playbooks._demo_found import SHARED, neighbour, shared_team, storm
from playbooks.simulate import _campaigns
from playbooks.simulate import _city as city
from soc.net import network
from soc.records.alert import Alert, Attacker
from soc.records.drill import Drill
from soc.store import Change
from tests.conftest import NOW
from tests.detections.events import append

if TYPE_CHECKING:
    from soc.context import Context

REFUSED: dict[str, list[object]] = {"proposed": [], "refused": [{"network": "203.0.113.66"}]}
SPLIT = ("203.0.113.64/31", "203.0.113.67", "203.0.113.68/30", "203.0.113.72/29")


def found(alone: dict[str, list[object]], *blocked: str) -> dict[str, bool]:
    return {each.name: each.found for each in neighbour(alone, [network(t) for t in blocked])}


def test_an_exit_that_is_refused_and_spared_is_found_so() -> None:
    told = found(REFUSED, *SPLIT)

    assert told == {"neighbour_refused": True, "neighbour_split": True}


def test_a_network_that_covers_the_exit_is_no_split() -> None:
    assert not found(REFUSED, "203.0.113.64/28")["neighbour_split"]


def test_a_network_that_is_not_blocked_at_all_is_no_split() -> None:
    assert not found(REFUSED)["neighbour_split"]


def test_a_proposal_that_was_taken_is_no_refusal() -> None:
    alone: dict[str, list[object]] = {"proposed": [{"network": "203.0.113.66"}], "refused": []}

    assert not found(alone, *SPLIT)["neighbour_refused"]


BEHIND = {"network.forwarded_ip": _campaigns.STORMER, "event.action": "blocked"}


def blocked(context: Context, count: int) -> None:
    append(context, "alert", [BEHIND | {"source.ip": city.CDN} for _ in range(count)])


def test_the_storm_is_found_by_its_real_source_and_only_whole(context: Context) -> None:
    blocked(context, _campaigns.STORM - 1)
    before = storm(context)
    blocked(context, 1)
    after = storm(context)

    assert (before.found, before.why) == (False, "not_counted")
    assert after.found
    assert _campaigns.STORMER in after.by


def drilled(context: Context, *sources: str) -> Alert:
    """An alert of the shared team, and a drill for each of the registered sources."""
    told: dict[str, Any] = {"at": NOW, "author": context.actor.author()}
    for number, source in enumerate(sources):
        drill = Drill(
            id=f"lt-drill-{number}",
            state="running",
            name=f"演练{number}",
            year=2026,
            start=NOW - timedelta(hours=1),
            attack_sources=(source,),
            **told,
        )
        context.store.records.apply([Change(drill.id, drill, expected=0)])
    return Alert(
        id="lt-alert-1",
        state="open",
        title="注入",
        rule="r",
        first_seen=NOW,
        last_seen=NOW,
        attackers=(Attacker(address=SHARED),),
        **told,
    )


def test_an_alert_of_the_shared_team_bears_both_drills(context: Context) -> None:
    alert = drilled(context, SHARED, "198.51.100.0/24")

    found = shared_team(context, [alert])

    assert (found.found, found.by) == (True, "演练0 + 演练1 · lt-alert-1")


def test_an_alert_that_only_one_of_them_registered_is_not_enough(context: Context) -> None:
    alert = drilled(context, SHARED, "198.51.100.9")

    assert shared_team(context, [alert]).why == "not_marked"

"""Keys of what the commands print."""

from __future__ import annotations

from datetime import UTC, datetime

from detections._view import ALERT_COLUMNS, alert_details, alert_view
from soc.records import Author
from soc.records.alert import Alert, Attacker, Victim

AT = datetime(2026, 3, 17, 8, tzinfo=UTC)


def made() -> Alert:
    return Alert(
        id="lt-alert-1",
        no="GJ-1",
        state="open",
        at=AT,
        author=Author(login="tester"),
        rule="r",
        title="t",
        severity="high",
        first_seen=AT,
        last_seen=AT,
        attackers=(Attacker(address="203.0.113.1"),),
        victims=(Victim(endpoint="198.51.100.1:443", unit="u1"),),
    )


def test_the_keys_of_an_alert_in_a_list_are_stable() -> None:
    view = alert_view(made())

    assert list(view) == [
        "id",
        "no",
        "rule",
        "title",
        "severity",
        "state",
        "count",
        "first_seen",
        "last_seen",
        "attackers",
        "victims",
        "unit",
        "result",
    ]
    assert (view["severity"], view["unit"], view["attackers"]) == (4, "u1", ["203.0.113.1"])
    assert set(ALERT_COLUMNS) <= view.keys()


def test_the_details_hold_the_list_and_more() -> None:
    details = alert_details(made())

    assert alert_view(made()).items() <= details.items()
    assert (details["level"], details["coverage"]) == ("high", {})

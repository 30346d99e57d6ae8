from __future__ import annotations

from typing import Any

from soc.records import check_transition
from soc.records.alert import Alert
from tests.soc.records.samples import AT, by, illegal, refused


def alert(**values: Any) -> Alert:
    known: dict[str, Any] = {**by("lin"), "state": "open", "rule": "r", "title": "t"}
    return Alert(**(known | {"first_seen": AT, "last_seen": AT} | values))


def test_an_alert_is_closed_with_a_verdict() -> None:
    check_transition(alert(), alert(state="closed", verdict="false_positive"))
    refused(alert(), alert(state="closed"), "fill verdict")


def test_an_alert_is_suppressed_by_something() -> None:
    check_transition(None, alert(state="suppressed", suppressed_by="s1"))
    refused(None, alert(state="suppressed"), "fill suppressed_by")


def test_a_closed_alert_opens_again_before_anything_else() -> None:
    closed = alert(state="closed", verdict="attack")

    check_transition(closed, alert())
    illegal(closed, alert(state="acknowledged"), "closed -> acknowledged")


def test_the_key_is_the_rule_and_what_opened_it() -> None:
    assert Alert.key("lt", "r1", "e1") == Alert.key("lt", "r1", "e1")
    assert len({Alert.key("lt", r, e) for r in ("r1", "r2") for e in ("e1", "e2")}) == 4

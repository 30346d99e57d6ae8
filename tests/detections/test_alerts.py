"""Alerts: folding, work on them, suppression; on a real store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detections import alerts
from detections._alerts_filter import endpoint, endpoint_address, parse
from detections._alerts_fold import folded
from detections._alerts_words import ending, judgement, sort
from soc import schema
from soc.context import Context
from soc.errors import ConfigError, Conflict, InputError, ScopeError
from soc.query import Select
from soc.records.alert import Alert
from soc.records.source import Source
from soc.records.suppression import Suppression
from soc.store import Change
from soc.where import MANY, All, Cidr, Equals, Glob, Not
from tests.conftest import SetClock
from tests.detections.events import AT, RULE, append, probe


def detect(context: Context) -> dict[str, Any]:
    return dict(context.jobs.run("detect", {}, context).value)


def only(context: Context, *states: str) -> Alert:
    (alert,) = alerts.listed(context, states)
    return alert


def silence(context: Context, **asked: Any) -> Suppression:
    named = {"rule": None, "entity": None, "filter": None, "reason": "known", "until": None}
    until = context.clock.now() + timedelta(days=30)
    made = alerts.suppression(context, **(named | {"until": until} | asked))
    return alerts.suppress(context, made)[0]


def test_matches_of_one_rule_and_entity_are_one_alert(context: Context) -> None:
    append(context, "http", [probe(), probe(destination__ip="198.51.100.21"), probe()])

    detect(context)

    alert = only(context)
    assert alert.count == 3
    assert (alert.rule, alert.entity) == (RULE, "203.0.113.66")
    assert [victim.endpoint for victim in alert.victims] == [
        "198.51.100.20:443",
        "198.51.100.21:443",
    ]
    assert alert.last_seen - alert.first_seen == timedelta(seconds=2)
    assert len(alert.evidence) == 3
    assert alert.title == "漏洞扫描工具探测"
    assert alert.category == "网络攻击事件/网络扫描探测"


def test_each_entity_has_an_alert_of_its_own(context: Context) -> None:
    append(context, "http", [probe(), probe(source__ip="203.0.113.67")])

    detect(context)

    assert len(alerts.listed(context)) == 2


def test_an_event_that_stands_for_several_counts_for_several(context: Context) -> None:
    append(context, "http", [probe(soc__count=5), probe()])

    detect(context)

    assert only(context).count == 6


def test_behind_a_proxy_the_attacker_is_who_was_forwarded(context: Context) -> None:
    append(context, "http", [probe(network__forwarded_ip="203.0.113.9")])

    detect(context)

    (attacker,) = only(context).attackers
    assert (attacker.address, attacker.forwarded) == ("203.0.113.9", "203.0.113.66")


def test_the_ledger_gives_victims_their_unit_and_the_direction(context: Context) -> None:
    row = probe(soc__destination__zone="互联网区", soc__destination__unit="u1")
    append(context, "http", [row])

    detect(context)

    alert = only(context)
    assert (alert.victims[0].unit, alert.victims[0].zone) == ("u1", "互联网区")
    assert alert.direction == "inbound"


def test_what_a_device_blocked_is_a_blocked_attack_until_one_gets_through(
    context: Context,
) -> None:
    append(context, "http", [probe(event__action="Blocked")])
    detect(context)
    first = only(context).result
    append(context, "http", [probe()])
    detect(context)

    assert (first, only(context).result) == ("blocked", "attempted")


def test_an_alert_keeps_at_most_twenty_events(context: Context) -> None:
    append(context, "http", [probe()] * 25)

    detect(context)

    alert = only(context)
    assert (alert.count, len(alert.evidence)) == (25, 20)


def test_late_rows_raise_the_open_alert_and_move_its_begin(context: Context) -> None:
    append(context, "http", [probe()])
    detect(context)
    append(context, "http", [probe()], source=8, at=AT - timedelta(hours=3))

    detect(context)

    alert = only(context)
    assert (alert.count, alert.first_seen) == (2, AT - timedelta(hours=3))


def test_after_a_close_the_next_match_opens_another_alert(context: Context) -> None:
    append(context, "http", [probe()])
    detect(context)
    alerts.close(context, only(context), "false_positive", "test")
    append(context, "http", [probe()])

    value = detect(context)

    assert value["opened"] == 1
    assert len(alerts.listed(context, ("open", "closed"))) == 2


def test_simulated_events_never_mix_with_live_ones(context: Context) -> None:
    append(context, "http", [probe(), probe(soc__origin="simulated")])

    detect(context)

    assert {(a.origin, a.count) for a in alerts.listed(context)} == {("live", 1), ("simulated", 1)}


def test_folding_that_was_cut_off_counts_nothing_twice(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(context, "http", [probe()])
    with monkeypatch.context() as patched:
        patched.setattr(alerts, "fold", _cut_off)
        with pytest.raises(KeyboardInterrupt):
            detect(context)
    detect(context)
    detect(context)

    assert only(context).count == 1


def _cut_off(context: Context) -> None:
    raise KeyboardInterrupt


def test_two_folds_of_one_window_conflict_and_change_nothing(context: Context) -> None:
    append(context, "http", [probe()])
    detect(context)
    marks = context.store.records.watermark(alerts.READER)

    with pytest.raises(Conflict):
        context.store.records.conclude(alerts.READER, {}, marks, ())


@given(st.permutations(range(6)))
def test_the_order_of_the_matches_does_not_matter(order: list[int]) -> None:
    rows = [_row(n) for n in range(6)]

    (straight,) = folded(rows).values()
    (shuffled,) = folded(rows[n] for n in order).values()

    assert (shuffled.first, shuffled.last, shuffled.count) == (
        straight.first,
        straight.last,
        straight.count,
    )
    assert (shuffled.severity, shuffled.result) == (straight.severity, straight.result)
    assert set(shuffled.evidence) == set(straight.evidence)


def _row(number: int) -> dict[str, Any]:
    absent = dict.fromkeys(schema.of("match"))
    return absent | {
        "@timestamp": AT + timedelta(seconds=number),
        "observer.name": "probe",
        "rule.id": "r",
        "soc.match.entity": "e",
        "soc.match.events": [f"{number:032x}"],
        "soc.match.attacker": ["203.0.113.1"],
        "soc.match.victim": ["198.51.100.1"],
        "soc.match.result": "attempted" if number else "blocked",
        "soc.match.direction": "inbound",
        "event.severity": number % 5 + 1,
    }


def test_who_takes_an_alert_on_is_written_down(context: Context) -> None:
    append(context, "http", [probe()])
    detect(context)

    taken = alerts.acknowledge(context, only(context), "mine")

    assert (taken.state, taken.assignee, taken.reason) == ("acknowledged", "tester", "mine")
    assert taken.author.login == "tester"


def test_an_alert_is_given_to_somebody_and_remarked_on(context: Context) -> None:
    append(context, "http", [probe()])
    detect(context)
    given_away = alerts.assign(context, only(context), "second", "duty")

    remarked = alerts.comment(context, given_away, "seen before")

    assert remarked.assignee == "second"
    assert [(c.by, c.text) for c in remarked.comments] == [("tester", "seen before")]


def test_a_closed_alert_has_a_verdict_and_who_judged(context: Context) -> None:
    append(context, "http", [probe()])
    detect(context)

    closed = alerts.close(context, only(context), "attack", "confirmed")

    assert (closed.state, closed.verdict, closed.judged_by) == ("closed", "attack", "tester")
    assert closed.judged_at == context.clock.now()


def test_only_who_may_judge_closes_and_suppresses(context: Context) -> None:
    append(context, "http", [probe()])
    detect(context)
    nobody = replace(context, actor=replace(context.actor, rights=frozenset()))

    with pytest.raises(ScopeError):
        alerts.close(nobody, only(context), "attack", "x")
    with pytest.raises(ScopeError):
        silence(nobody, rule=RULE)


def test_an_alert_is_found_by_number_and_by_the_end_of_it(context: Context) -> None:
    append(context, "http", [probe()])
    detect(context)
    alert = only(context)

    assert alert.no is not None
    assert alerts.find(context, alert.id) == alert
    assert alerts.find(context, alert.no) == alert
    assert alerts.find(context, alert.no[-6:]) == alert
    with pytest.raises(InputError, match="alerts list"):
        alerts.find(context, "nothing")


def test_a_suppression_hides_what_is_open_and_what_comes(context: Context) -> None:
    append(context, "http", [probe()])
    detect(context)
    entry = silence(context, filter="attacker=203.0.113.0/24")
    append(context, "http", [probe()])

    value = detect(context)

    alert = only(context, "suppressed")
    assert (alert.suppressed_by, alert.count) == (entry.id, 2)
    assert (value["opened"], value["suppressed"]) == (0, 1)
    assert alerts.listed(context, ("open",)) == []
    assert alerts.suppressions(context)[0].hidden == 2


def test_a_hidden_match_is_stored_and_marked(context: Context) -> None:
    entry = silence(context, rule=RULE)
    append(context, "http", [probe()])

    detect(context)

    rows = [row for b in context.engine.select(Select("match")) for row in b.to_pylist()]
    assert [row["soc.match.suppressed_by"] for row in rows] == [entry.id]


def test_what_does_not_fit_a_suppression_stays_on_the_desk(context: Context) -> None:
    silence(context, rule=RULE, filter="victim=198.51.100.99")
    append(context, "http", [probe()])

    detect(context)

    assert only(context).state == "open"


def test_a_suppression_ends_by_itself_and_its_alerts_are_back(
    context: Context, clock: SetClock
) -> None:
    append(context, "http", [probe()])
    detect(context)
    silence(context, rule=RULE)
    clock.advance(days=31)

    value = detect(context)

    alert = only(context, "open")
    assert value["expired"] == 1
    assert (alert.suppressed_by, alert.count) == (None, 1)
    assert alerts.suppressions(context)[0].state == "expired"


def test_a_revoked_suppression_gives_its_alerts_back(context: Context) -> None:
    append(context, "http", [probe()])
    detect(context)
    entry = silence(context, rule=RULE)

    back = alerts.unsuppress(context, entry.id, "mistake")

    assert back == 1
    assert only(context).state == "open"
    with pytest.raises(InputError):
        alerts.unsuppress(context, entry.id, "again")


@pytest.mark.parametrize("days", [None, 0, -1, 91])
def test_a_suppression_without_a_near_end_is_refused(context: Context, days: int | None) -> None:
    until = None if days is None else context.clock.now() + timedelta(days=days)

    with pytest.raises(ConfigError, match="at most 90 days"):
        silence(context, rule=RULE, until=until)


def test_a_suppression_of_everything_is_refused(context: Context) -> None:
    with pytest.raises(ConfigError, match="hide everything"):
        silence(context)


def test_our_own_scanner_is_no_attacker(context: Context) -> None:
    source = Source(
        id=Source.key("lt", "scan-1"),
        state="active",
        at=context.clock.now(),
        author=context.actor.author(),
        name="scan-1",
        type="scanner",
        prefixes=("203.0.113.64/28",),
    )
    context.store.records.apply([Change("s", source, 0)])
    append(context, "http", [probe(), probe(source__ip="203.0.113.200")])

    value = detect(context)

    assert value["suppressed"] == 1
    assert only(context, "suppressed").suppressed_by == "scanner:scan-1"
    assert only(context, "open").entity == "203.0.113.200"


def test_scanners_may_be_named_in_the_settings(context: Context) -> None:
    append(context, "http", [probe()])
    table = {"sigma": {"scanners": ["203.0.113.66/32"]}}
    config = context.config.model_copy(update={"detections": table})

    detect(replace(context, config=config))

    assert only(context, "suppressed").suppressed_by == "scanner:settings"


def test_a_scanner_in_the_settings_that_is_no_network_is_named(context: Context) -> None:
    config = context.config.model_copy(update={"detections": {"sigma": {"scanners": ["x"]}}})

    with pytest.raises(ConfigError, match=r"detections\.sigma\.scanners"):
        alerts.silences(replace(context, config=config))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("attacker=192.0.2.0/24", All((Cidr("soc.match.attacker", "192.0.2.0/24"),))),
        (
            "title='a b' and port!=22",
            All((Equals("rule.name", "a b"), Not(Equals("soc.match.victim_port", "22")))),
        ),
        ("entity=a*", All((Glob("soc.match.entity", ("a", MANY)),))),
        ("rule.id=x", All((Equals("rule.id", "x"),))),
    ],
)
def test_a_filter_is_read_as_written(text: str, where: All) -> None:
    assert parse(text) == where


@pytest.mark.parametrize("text", ["", "and", "x", "=1", "nothing=1", "attacker=192.0.2.1/24", "'"])
def test_a_filter_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse(text)


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
@pytest.mark.parametrize("port", [None, 443])
def test_an_endpoint_is_read_back_as_written(address: str, port: int | None) -> None:
    assert endpoint_address(endpoint(address, port)) == (address, port)


def test_a_verdict_is_taken_in_either_language() -> None:
    assert judgement("真实攻击") == judgement("attack") == "attack"
    with pytest.raises(ConfigError):
        judgement("maybe")


def test_a_sort_of_suppression_is_one_of_four() -> None:
    assert sort("tuning") == "tuning"
    with pytest.raises(ConfigError):
        sort("other")


def test_an_end_is_given_as_days_or_as_a_time_of_the_site(context: Context) -> None:
    at = datetime(2026, 3, 20, 12)  # noqa: DTZ001 - as the command line gives it

    assert ending(context, 2, None) == context.clock.now() + timedelta(days=2)
    assert ending(context, None, at).utcoffset() == timedelta(hours=8)
    with pytest.raises(ConfigError):
        ending(context, None, None)


def test_the_number_of_an_alert_bears_the_date_of_the_site(context: Context) -> None:
    append(context, "http", [probe()], at=datetime(2026, 3, 17, 16, 30, tzinfo=UTC))

    detect(context)

    assert str(only(context).no).startswith("GJ-20260318-")

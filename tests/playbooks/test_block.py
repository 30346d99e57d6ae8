"""Blocks: proposed from alerts, approved by another login, released."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from playbooks import block
from playbooks._block_candidates import Candidate, candidates, concerns, subclass
from playbooks._block_params import ProposeParams
from playbooks._block_propose import _Terms as Terms
from playbooks._block_settings import Settings
from playbooks._block_view import view
from soc._open import refreshed
from soc.actor import Actor
from soc.errors import ConfigError, ScopeError
from soc.net import network
from soc.records import Record, make_id
from soc.records._parts import Span
from soc.records.alert import Alert, Attacker
from soc.records.asset import Asset, Endpoint
from soc.store import Change

if TYPE_CHECKING:
    from soc.context import Context
    from soc.records.block import Block
    from tests.conftest import SetClock


def alert(context: Context, id: str, *attackers: str, **facts: Any) -> Alert:
    now = context.clock.now()
    given: dict[str, Any] = {
        "state": "open",
        "rule": "r",
        "title": id,
        "first_seen": now,
        "last_seen": now,
        "severity": "high",
        "category": "网络攻击事件/漏洞利用",
        "evidence": (f"e-{id}",),
        "attackers": tuple(Attacker(address=a) for a in attackers),
    }
    return Alert(id=id, at=now, author=context.actor.author(), **given | facts)


def store(context: Context, records: Iterable[Record]) -> None:
    context.store.records.apply(Change(make_id("lt", "change", r.id), r, 0) for r in records)


def proposed(context: Context, **params: Any) -> dict[str, Any]:
    return dict(context.jobs.run("block propose", params, context).value)


def second(context: Context) -> Context:
    rights = frozenset({"approve", "block"})
    return replace(context, actor=Actor("second", "林若溪", rights, "cli", "test"))


def only(context: Context) -> Block:
    (found,) = block.blocks(context)
    return found


def test_the_attackers_of_open_alerts_are_proposed_with_their_evidence(context: Context) -> None:
    store(context, [alert(context, "a1", "203.0.113.7"), alert(context, "a2", "203.0.113.7")])

    found = proposed(context)["proposed"]

    assert [line["network"] for line in found] == ["203.0.113.7"]
    stored = only(context)
    assert (stored.state, stored.no, stored.proposed_by) == ("proposed", "FD-2026-001", "tester")
    assert stored.evidence == ("e-a1", "e-a2")
    assert [reason.alert for reason in stored.reasons] == ["a1", "a2"]


def test_proposing_again_changes_nothing(context: Context) -> None:
    store(context, [alert(context, "a1", "203.0.113.7")])
    proposed(context)

    again = proposed(context)

    assert (again["proposed"], again["joined"]) == ([], [])
    assert only(context).revision == 1


def test_a_later_alert_joins_the_block_and_does_not_lengthen_it(
    context: Context, clock: SetClock
) -> None:
    store(context, [alert(context, "a1", "203.0.113.7")])
    proposed(context)
    end = only(context).expires_at
    clock.advance(hours=1)
    store(context, [alert(context, "a2", "203.0.113.7")])

    found = proposed(context)

    assert [line["network"] for line in found["joined"]] == ["203.0.113.7"]
    assert only(context).evidence == ("e-a1", "e-a2")
    assert only(context).expires_at == end


@pytest.mark.parametrize(
    ("category", "days"),
    [("网络攻击事件/网络扫描探测", 7), ("漏洞利用", 30), ("网络攻击事件/失陷主机", 90), (None, 7)],
)
def test_a_block_ends_after_the_days_of_its_class(
    context: Context, category: str | None, days: int
) -> None:
    store(context, [alert(context, "a1", "203.0.113.7", category=category)])

    proposed(context)

    assert only(context).expires_at == context.clock.now() + timedelta(days=days)


@pytest.mark.parametrize(
    "facts",
    [
        {"severity": "low"},
        {"state": "closed", "verdict": "false_positive"},
        {"verdict": "not_attack"},
        {"evidence": ()},
    ],
)
def test_a_weak_closed_or_unproven_alert_proposes_nothing(
    context: Context, facts: dict[str, Any]
) -> None:
    found = alert(context, "a1", "203.0.113.7", **facts)

    is_proposed = concerns(found, "medium", None) and bool(candidates([found])[0])

    assert not is_proposed


def test_a_class_is_asked_for_by_its_full_or_its_short_name(context: Context) -> None:
    found = alert(context, "a1", "203.0.113.7")

    assert concerns(found, "low", "漏洞利用")
    assert concerns(found, "low", "网络攻击事件/漏洞利用")
    assert not concerns(found, "low", "网络攻击事件")
    assert subclass(None) == ""


def test_behind_a_proxy_the_forwarded_address_is_proposed_and_the_proxy_never(
    context: Context,
) -> None:
    behind = Attacker(address="203.0.113.7", forwarded="198.51.100.1")
    alerts = [alert(context, "a1", attackers=(behind,)), alert(context, "a2", "198.51.100.1")]

    found, skips = candidates(alerts)

    assert [str(candidate.network) for candidate in found] == ["203.0.113.7"]
    assert [(skip.address, skip.why) for skip in skips] == [("198.51.100.1", "shared_front")]


def test_an_attacker_that_is_no_address_is_skipped(context: Context) -> None:
    found, skips = candidates([alert(context, "a1", "evil.example")])

    assert (found, [skip.why for skip in skips]) == ([], ["no_address"])


def test_our_own_host_is_refused_and_the_asset_is_named(context: Context) -> None:
    own = Asset(
        id="lt-asset-1",
        state="active",
        at=context.clock.now(),
        author=context.actor.author(),
        name="web",
        endpoints=(Endpoint(address="203.0.113.7"),),
    )
    store(context, [own, alert(context, "a1", "203.0.113.7")])

    found = proposed(refreshed(context))

    assert found["proposed"] == []
    assert found["refused"] == [
        {"network": "203.0.113.7", "guard": "own asset lt-asset-1", "overlap": "203.0.113.7"}
    ]


def test_a_named_network_around_a_guard_is_proposed_and_names_it(context: Context) -> None:
    own = Asset(
        id="lt-asset-1",
        state="active",
        at=context.clock.now(),
        author=context.actor.author(),
        name="web",
        endpoints=(Endpoint(address="203.0.113.7"),),
    )
    store(context, [own, alert(context, "a1", "203.0.113.9")])

    found = proposed(refreshed(context), networks=["203.0.113.0/28"], alerts=["a1"])

    (line,) = found["proposed"]
    assert line["guard_hits"] == [{"guard": "own asset lt-asset-1", "overlap": "203.0.113.7"}]


def test_a_network_is_not_proposed_without_an_alert_that_gives_evidence(context: Context) -> None:
    with pytest.raises(ScopeError, match="evidence"):
        proposed(context, networks=["203.0.113.0/28"])


def test_an_alert_that_does_not_exist_is_an_error(context: Context) -> None:
    with pytest.raises(ConfigError, match="no such alert"):
        proposed(context, alerts=["nope"])


def test_who_proposed_cannot_approve_and_the_attempt_is_audited(context: Context) -> None:
    store(context, [alert(context, "a1", "203.0.113.7")])
    proposed(context)

    with pytest.raises(ScopeError, match="another login"):
        block.approve(context, ["203.0.113.7"])

    assert only(context).state == "proposed"
    last = list(context.store.audit.entries())[-1]
    assert (last["action"], last["wanted"], last["login"]) == ("refused", "approve", "tester")


def test_another_login_approves(context: Context) -> None:
    store(context, [alert(context, "a1", "203.0.113.7")])
    proposed(context)

    (found,) = block.approve(second(context), ["FD-2026-001"])

    assert (found.state, found.approved_by, found.approved_at) == (
        "approved",
        "second",
        context.clock.now(),
    )


@pytest.mark.parametrize("through", ["schedule", "playbook"])
def test_a_job_never_approves(context: Context, through: Any) -> None:
    store(context, [alert(context, "a1", "203.0.113.7")])
    proposed(context)
    other = second(context)
    job = replace(other, actor=other.actor.acting(through))
    forged = replace(other, actor=Actor("second", None, frozenset({"approve"}), through, "test"))

    with pytest.raises(ScopeError):
        block.approve(job, ["203.0.113.7"])
    with pytest.raises(ScopeError):
        block.approve(forged, ["203.0.113.7"])

    assert only(context).state == "proposed"


def test_without_the_right_nothing_is_approved(context: Context) -> None:
    store(context, [alert(context, "a1", "203.0.113.7")])
    proposed(context)
    guest = replace(context, actor=Actor("guest", None, frozenset(), "cli", "test"))

    with pytest.raises(ScopeError, match="may not approve"):
        block.approve(guest, ["203.0.113.7"])


def test_one_block_that_cannot_be_approved_stops_them_all(context: Context) -> None:
    store(context, [alert(context, "a1", "203.0.113.7")])
    proposed(context)
    store(context, [alert(context, "a2", "203.0.113.8")])
    proposed(second(context))

    with pytest.raises(ScopeError):
        block.approve(second(context), ["203.0.113.7", "203.0.113.8"])

    assert {found.state for found in block.blocks(context)} == {"proposed"}
    assert [found.split("-")[1] for found in block.waiting(context)] == ["block"]


def test_a_wide_network_needs_two_approvals(context: Context) -> None:
    store(context, [alert(context, "a1", "203.0.113.7")])
    proposed(context, networks=["198.18.0.0/20"], alerts=["a1"])
    third = Actor("third", None, frozenset({"approve"}), "cli", "test")

    (first,) = block.approve(second(context), ["198.18.0.0/20"])
    with pytest.raises(ScopeError, match="second person"):
        block.approve(second(context), ["198.18.0.0/20"])
    (both,) = block.approve(replace(context, actor=third), ["198.18.0.0/20"])

    assert (first.state, both.state) == ("proposed", "approved")
    assert [approval.login for approval in both.approvals] == ["second", "third"]


def test_a_proposal_whose_end_has_passed_is_not_approved(context: Context, clock: SetClock) -> None:
    store(context, [alert(context, "a1", "203.0.113.7")])
    proposed(context, days=1)
    clock.advance(days=1)

    with pytest.raises(ScopeError, match="end has passed"):
        block.approve(second(context), ["203.0.113.7"])


def test_a_guard_that_came_later_stops_the_approval(context: Context) -> None:
    from soc.scope import Scope

    store(context, [alert(context, "a1", "203.0.113.7")])
    proposed(context)
    guarded = Scope.read((), ("203.0.113.0/28",), context.estate)

    with pytest.raises(ScopeError, match=r"guarded by \[estate\] never_block"):
        block.approve(replace(second(context), scope=guarded), ["203.0.113.7"])


def test_what_was_rejected_is_proposed_again_by_a_new_alert_only(context: Context) -> None:
    store(context, [alert(context, "a1", "203.0.113.7")])
    proposed(context)
    block.reject(context, ["203.0.113.7"], "own test")

    assert proposed(context)["proposed"] == []
    store(context, [alert(context, "a2", "203.0.113.7")])

    assert [line["alerts"] for line in proposed(context)["proposed"]] == [["a2"]]
    assert only(context).no == "FD-2026-002"


def test_a_release_names_its_reason_and_a_wrong_block_is_told(context: Context) -> None:
    store(context, [alert(context, "a1", "203.0.113.7")])
    proposed(context)
    block.approve(second(context), ["203.0.113.7"])

    (found,) = block.release(context, ["203.0.113.7"], "carrier NAT", is_misblock=True)

    assert (found.state, found.release_reason) == ("released", "carrier NAT")
    assert found.misblock is not None
    assert found.misblock.cause == "carrier NAT"


def test_a_block_that_does_not_exist_is_an_error(context: Context) -> None:
    with pytest.raises(ConfigError, match="no such block"):
        block.release(context, ["203.0.113.7"], "x")


def test_a_block_is_shown_with_stable_keys(context: Context) -> None:
    store(context, [alert(context, "a1", "203.0.113.7")])
    proposed(context)

    shown = view(only(context))

    assert shown["network"] == "203.0.113.7"
    assert shown["category"] == "网络攻击事件/漏洞利用"
    assert datetime.fromisoformat(shown["expires_at"]) > context.clock.now()


def test_more_proposals_at_once_than_one_person_may_approve_need_two(context: Context) -> None:
    store(context, [alert(context, "a1", *(f"203.0.113.{n}" for n in range(51)))])
    proposed(context)

    found = block.approve(second(context), block.waiting(second(context)))

    assert {(each.state, each.approval) for each in found} == {("proposed", "two_person")}


def test_what_was_proposed_singly_and_is_approved_in_bulk_needs_two(context: Context) -> None:
    for n in range(3):
        store(context, [alert(context, f"a{n}", f"203.0.113.{n}")])
        proposed(context)
    table = {"playbooks": {"block": {"bulk": 2}}}
    strict = replace(second(context), config=context.config.model_copy(update=table))
    names = block.waiting(strict)

    found = block.approve(strict, names)

    assert {(each.state, each.approval) for each in found} == {("proposed", "two_person")}


def test_a_site_may_ask_for_two_approvals_of_everything(context: Context) -> None:
    table = {"playbooks": {"block": {"approval": "two_person"}}}
    store(context, [alert(context, "a1", "203.0.113.7")])

    proposed(replace(context, config=context.config.model_copy(update=table)))

    assert only(context).approval == "two_person"


@pytest.mark.parametrize(("times", "days"), [(0, 7), (1, 7), (2, 30), (5, 30)])
def test_who_returns_is_blocked_for_longer(context: Context, times: int, days: int) -> None:
    now = context.clock.now()
    sweep = alert(context, "a1", "203.0.113.7", category="网络扫描探测")
    store(context, [sweep])
    proposed(context)
    before = replace(only(context), periods=(Span(start=now, end=now),) * times)
    terms = Terms(ProposeParams(), Settings())

    end = terms.end(Candidate(network("203.0.113.7"), (sweep,)), before, now)

    assert end == now + timedelta(days=days)


def test_one_day_is_the_least_of_a_first_block_and_a_person_may_say_another(
    context: Context,
) -> None:
    now = context.clock.now()
    sweep = Candidate(network("203.0.113.7"), (alert(context, "a1", category="网络扫描探测"),))
    short = Settings(days={"网络扫描探测": 1})

    assert Terms(ProposeParams(), short).end(sweep, None, now) == now + timedelta(days=1)
    assert Terms(ProposeParams(days=3), short).end(sweep, None, now) == now + timedelta(days=3)

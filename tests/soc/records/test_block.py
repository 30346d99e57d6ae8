from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from soc.records import Author, check_transition
from soc.records.block import Approval, Block
from tests.soc.records.samples import AT, by, illegal, refused


def proposed(login: str = "zhou", **values: Any) -> Block:
    known = {
        **by(login),
        "state": "proposed",
        "prefix": "203.0.113.7/32",
        "scope": "egress",
        "proposed_by": login,
    }
    return Block(**(known | values))


def approved(before: Block, login: str, **values: Any) -> Block:
    author = Author(login=login)
    known: dict[str, Any] = {"state": "approved", "author": author, "approved_by": login}
    return replace(before, **(known | values))


def test_a_state_that_may_not_follow_is_refused_with_those_that_may() -> None:
    illegal(proposed(), proposed(state="active"), "proposed -> active: what may follow is prop")


def test_a_record_begins_where_its_kind_begins() -> None:
    illegal(None, proposed(state="active"), "new -> active: what may follow is proposed$")


def test_a_record_may_stay_in_its_state() -> None:
    check_transition(proposed(), proposed(hits=7))


def test_a_block_is_proposed_in_ones_own_name() -> None:
    refused(None, proposed(proposed_by="lin"), "it must be you, 'zhou'")


def test_a_proposal_is_not_approved_yet() -> None:
    refused(None, proposed(approved_by="lin"), "begins as a proposal")


def test_another_login_approves() -> None:
    check_transition(proposed(), approved(proposed(), "lin"))


def test_who_proposed_does_not_approve() -> None:
    refused(proposed(), approved(proposed(), "zhou"), "another login must approve")


def test_nobody_approves_in_the_name_of_another() -> None:
    refused(proposed(), approved(proposed(), "lin", approved_by="wu"), "it must be you, 'lin'")


def test_who_proposed_cannot_be_changed_to_approve_it_oneself() -> None:
    refused(proposed(), proposed(proposed_by="wu"), "who proposed cannot be changed")


def test_an_approval_cannot_be_slipped_into_a_proposal() -> None:
    refused(proposed(), proposed(approved_by="lin"), "it must be you, 'zhou'")


def test_a_job_does_not_approve() -> None:
    job = Author(login="soc", through="schedule")

    refused(proposed(), approved(proposed(), "soc", author=job), "never by a job")


def test_a_job_does_not_reject() -> None:
    job = Author(login="soc", through="schedule")

    refused(proposed(), proposed(state="rejected", author=job), "never by a job")


def test_two_persons_approve_where_two_are_asked() -> None:
    start = proposed(approval="two_person")
    lin, wu = Approval(login="lin", at=AT), Approval(login="wu", at=AT)
    once = approved(start, "lin", state="proposed", approvals=(lin,))

    check_transition(start, once)
    check_transition(once, approved(once, "wu", approvals=(lin, wu)))
    refused(start, approved(start, "lin", approvals=(lin,)), "needs two approvals")
    refused(once, approved(once, "lin", approvals=(lin, lin)), "needs two approvals")
    refused(start, approved(start, "lin", approvals=(wu, lin)), "approvals of others")
    refused(once, approved(once, "wu", approvals=(wu, wu)), "approvals of others")


def test_two_approvals_cannot_be_made_one() -> None:
    refused(proposed(approval="two_person"), proposed(), "that cannot be changed")


def test_what_is_not_approved_is_not_exported() -> None:
    refused(proposed(), proposed(state="exported"), "is not approved; approve it, or block first")


def test_a_person_may_block_first_and_be_ratified_later() -> None:
    start = proposed(approval="ratify_later", ratify_by=AT + timedelta(hours=2))
    exported = replace(start, state="exported")

    check_transition(start, exported)
    check_transition(exported, approved(exported, "lin", state="exported"))
    refused(exported, approved(exported, "zhou", state="exported"), "another login must")


def test_a_job_does_not_block_first() -> None:
    start = proposed(approval="ratify_later", ratify_by=AT)
    job = Author(login="soc", through="playbook")

    refused(start, replace(start, state="exported", author=job), "never a job")


def test_an_approved_block_is_exported_by_a_job() -> None:
    before = approved(proposed(), "lin")
    job = Author(login="soc", through="schedule")

    check_transition(before, replace(before, state="exported", author=job))


def test_a_block_typed_into_a_firewall_begins_in_force() -> None:
    known = {"origin": "imported", "state": "active", "proposed_by": "值班"}

    check_transition(None, proposed("lin", entered="imported", **known))
    refused(None, proposed("lin", **known), "is imported; say so in entered")


def test_an_import_does_not_approve() -> None:
    known = {"origin": "imported", "state": "approved", "entered": "imported"}

    refused(None, proposed(approved_by="lin", **known), "begins as a proposal")


def test_a_released_block_is_proposed_anew_without_its_old_approval() -> None:
    released = approved(proposed(), "lin", state="released")
    again = proposed("wu")

    check_transition(released, again)
    refused(released, proposed("wu", approved_by="lin"), "begins as a proposal")
    assert not released.is_in_force
    assert replace(released, state="active").is_in_force


def test_the_key_is_network_direction_and_place() -> None:
    ids = {
        Block.key("lt", "203.0.113.0/24", "source", "egress"),
        Block.key("lt", "203.0.113.0/24", "both", "egress"),
        Block.key("lt", "203.0.113.0/24", "source", "cloud"),
        Block.key("lt", "203.0.113.0/25", "source", "egress"),
        Block.key("zj", "203.0.113.0/24", "source", "egress"),
    }

    assert len(ids) == 5

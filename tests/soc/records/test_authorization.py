from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from soc.records import check_transition
from soc.records.authorization import Authorization
from tests.soc.records.samples import AT, by, illegal, refused


def authorization(login: str = "lin", **values: Any) -> Authorization:
    known: dict[str, Any] = {**by(login), "state": "proposed", "targets": ("192.0.2.0/24",)}
    return Authorization(**(known | {"start": AT, "end": AT + timedelta(days=1)} | values))


def test_an_authorisation_is_approved_in_ones_own_name() -> None:
    check_transition(None, authorization(state="approved", approved_by="lin"))
    refused(None, authorization(state="approved", approved_by="wu"), "it must be you, 'lin'")


def test_what_was_authorised_is_not_widened() -> None:
    before = authorization(state="approved", approved_by="lin")

    check_transition(before, replace(before, basis="澜政数〔2026〕1号"))
    refused(before, replace(before, targets=("0.0.0.0/0",)), "cannot be changed; revoke it")
    refused(before, replace(before, end=AT + timedelta(days=9)), "cannot be changed; revoke it")


def test_a_job_does_not_authorise() -> None:
    job = authorization(state="approved", approved_by="soc")

    refused(None, replace(job, **by("soc", through="schedule")), "never by a job")


def test_what_was_revoked_stays_revoked() -> None:
    illegal(authorization(state="revoked"), authorization(), "revoked -> proposed")

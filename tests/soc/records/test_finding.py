from __future__ import annotations

from dataclasses import replace
from typing import Any

from soc.records import check_transition
from soc.records.finding import Acceptance, Finding
from tests.soc.records.samples import AT, by, illegal, refused


def finding(**values: Any) -> Finding:
    known: dict[str, Any] = {**by(), "state": "open", "check": "tls", "title": "t"}
    return Finding(**(known | {"first_seen": AT, "last_seen": AT} | values))


def test_a_risk_is_accepted_with_its_terms() -> None:
    terms = Acceptance(approver="lin", until=AT, reason="待换代")

    check_transition(finding(), finding(state="accepted", acceptance=terms))
    refused(finding(), finding(state="accepted"), "fill acceptance")


def test_a_job_accepts_no_risk() -> None:
    terms = Acceptance(approver="lin", until=AT, reason="待换代")
    after = replace(finding(acceptance=terms), state="accepted", **by("soc", through="schedule"))

    refused(finding(), after, "never by a job")


def test_a_closed_finding_that_is_seen_again_opens_again() -> None:
    check_transition(finding(state="closed"), finding(recurrences=1))


def test_a_failed_recheck_goes_back_to_the_unit() -> None:
    check_transition(finding(state="recheck"), finding(state="failed"))
    check_transition(finding(state="failed"), finding(state="fixing"))
    illegal(finding(state="failed"), finding(state="received"), "failed -> received")


def test_the_key_is_check_and_endpoint() -> None:
    ids = {
        Finding.key("lt", "tls", None, "192.0.2.1", 443, "tcp", None),
        Finding.key("lt", "tls", "云", "192.0.2.1", 443, "tcp", None),
        Finding.key("lt", "tls", "云", "192.0.2.1", 8443, "tcp", None),
        Finding.key("lt", "tls", "云", "192.0.2.1", 443, "udp", None),
        Finding.key("lt", "tls", "云", "192.0.2.1", 443, "tcp", "www.example"),
        Finding.key("lt", "ssh", "云", "192.0.2.1", 443, "tcp", None),
    }

    assert len(ids) == 6

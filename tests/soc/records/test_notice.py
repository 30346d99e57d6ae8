from __future__ import annotations

from typing import Any

from soc.records import check_transition
from soc.records.notice import Notice
from tests.soc.records.samples import by, illegal


def notice(**values: Any) -> Notice:
    known: dict[str, Any] = {**by(), "series": "ZG", "year": 2026, "number": 102}
    return Notice(**(known | {"state": "draft", "direction": "down", "title": "t"} | values))


def test_a_voided_document_stays_void() -> None:
    illegal(notice(state="void"), notice(), "void -> draft: what may follow is void$")


def test_a_draft_is_reviewed_before_it_is_issued() -> None:
    check_transition(notice(), notice(state="reviewed"))
    illegal(notice(), notice(state="issued"), "draft -> issued")


def test_what_was_received_is_registered() -> None:
    check_transition(None, notice(state="registered", direction="received"))
    illegal(None, notice(state="sent"), "new -> sent: what may follow is draft, registered")


def test_the_key_is_series_year_and_number() -> None:
    years = {Notice.key("lt", series, year, 1) for series in ("ZG", "FD") for year in (2026, 2027)}

    assert len(years) == 4

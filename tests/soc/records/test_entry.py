from __future__ import annotations

from dataclasses import replace

from soc.records import check_transition
from soc.records.entry import Entry
from tests.soc.records.samples import AT, by, refused


def entry() -> Entry:
    return Entry(**by(), state="kept", about="d1", happened_at=AT, text="发现异常登录")


def test_what_stands_in_a_log_is_never_changed() -> None:
    check_transition(None, entry())

    refused(entry(), replace(entry(), text="没有异常"), "never changed")
    refused(entry(), entry(), "never changed")


def test_what_is_written_twice_is_one_entry() -> None:
    first = Entry.key("lt", "d1", AT, "发现", "lin")

    assert first == Entry.key("lt", "d1", AT, "发现", "lin")
    assert first != Entry.key("lt", "d1", AT, "发现", "zhou")

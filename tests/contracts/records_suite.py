"""What every store of records promises; run for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc._evaluate import matches
from soc.audit import Audit
from soc.errors import Conflict, ScopeError, StoreError
from soc.records import Author, Record, Through
from soc.records.alert import Alert, Attacker, Victim
from soc.records.block import Block
from soc.records.contact import Contact
from soc.store import Change, Records
from soc.store.records import flatten
from soc.where import All, Contains, Equals, Exists, In, Not, Range, Some, Where
from tests.conftest import SetClock

AT = datetime(2026, 3, 18, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def by(login: str = "tester", through: Through = "cli") -> Author:
    return Author(login=login, through=through)


def alert(id: str = "a1", **values: Any) -> Alert:
    known: dict[str, Any] = {
        "id": id,
        "state": "open",
        "at": AT,
        "author": by(),
        "rule": "r1",
        "title": "暴力破解",
        "first_seen": AT,
        "last_seen": AT,
    }
    return Alert(**(known | values))


def block(**values: Any) -> Block:
    known: dict[str, Any] = {
        "id": "b1",
        "state": "proposed",
        "at": AT,
        "author": by("zhou"),
        "prefix": "203.0.113.7/32",
        "scope": "egress",
        "proposed_by": "zhou",
    }
    return Block(**(known | values))


def contact(id: str = "k1", **values: Any) -> Contact:
    known: dict[str, Any] = {
        "id": id,
        "state": "active",
        "at": AT,
        "author": by("lin"),
        "name": "林",
        "unit": "u1",
    }
    return Contact(**(known | values))


def put(records: Records, record: Record, change: str | None = None) -> None:
    name = change or f"{record.kind}/{record.id}/{record.state}/{record.at.isoformat()}"
    assert records.apply([Change(name, record)]) == 1


def ids(found: Iterator[Record]) -> list[str]:
    return [record.id for record in found]


WHERES: tuple[Where, ...] = (
    Equals("state", "OPEN"),
    Equals("rule", "r1", cased=True),
    Equals("RULE", "r1"),
    In("rule", ("R2", "r3")),
    In("rule", ()),
    Equals("count", 2),
    Equals("rule", 1),
    Equals("attackers.address", "203.0.113.2"),
    Equals("victims.unit", "ü1"),
    Equals("id", "A1"),
    In("id", ("a1", "absent", "B\0")),
    Equals("title", "\ud800"),
    Equals("rule", "\ud800"),
    Exists("assignee"),
    Not(Equals("rule", "r1")),
    Contains("title", "破解"),
    Range("first_seen", low="2026-03-18T02:00:00Z"),
    All((Equals("state", "open"), Equals("rule", "r2"))),
    All((Not(Equals("state", "open")), Contains("rule", "r"))),
    Some((Equals("rule", "r1"), Equals("victims.unit", "Ü1"))),
    Some((Equals("rule", "r1"), Exists("assignee"))),
    Some(),
    All(),
)
NARROWING = st.recursive(
    st.sampled_from(WHERES),
    lambda parts: st.one_of(
        parts.map(Not),
        st.lists(parts, max_size=3).map(lambda some: All(tuple(some))),
        st.lists(parts, max_size=3).map(lambda some: Some(tuple(some))),
    ),
    max_leaves=5,
)


class RecordsSuite:
    """Wants the fixtures ``records``, ``audit`` (what it tells) and ``clock``."""

    def test_a_record_comes_back_with_its_first_revision(self, records: Records) -> None:
        put(records, alert(attackers=(Attacker(address="203.0.113.2"),)))

        found = records.get("alert", "a1")

        assert isinstance(found, Alert)
        assert (found.revision, found.attackers[0].address) == (1, "203.0.113.2")

    def test_what_is_not_there_is_none(self, records: Records) -> None:
        assert records.get("alert", "a1") is None
        assert records.history("alert", "a1") == []
        assert list(records.find("alert")) == []

    def test_an_unknown_kind_is_an_error(self, records: Records) -> None:
        with pytest.raises(StoreError, match="record kind 'ticket'"):
            records.get("ticket", "1")
        with pytest.raises(StoreError, match="record kind 'ticket'"):
            records.find("ticket")
        with pytest.raises(StoreError, match="record kind 'ticket'"):
            records.history("ticket", "1")

    def test_every_revision_is_kept(self, records: Records) -> None:
        put(records, alert())
        put(records, alert(state="acknowledged", at=AT + HOUR, author=by("lin"), reason="查"))

        history = records.history("alert", "a1")

        assert [(r.revision, r.state, r.author.login) for r in history] == [
            (1, "open", "tester"),
            (2, "acknowledged", "lin"),
        ]

    def test_an_applied_change_is_not_applied_again(self, records: Records) -> None:
        change = Change("c1", alert())

        counts = [records.apply([change]), records.apply([change, Change("c2", alert("a2"))])]

        assert counts == [1, 1]
        assert len(records.history("alert", "a1")) == 1

    def test_a_change_given_twice_at_once_counts_once(self, records: Records) -> None:
        assert records.apply([Change("c1", alert()), Change("c1", alert())]) == 1

    def test_a_change_names_the_revision_that_it_replaces(self, records: Records) -> None:
        records.apply([Change("c1", alert(), expected=0)])
        records.apply([Change("c2", alert(count=2), expected=1)])

        with pytest.raises(Conflict, match="alert a1: is at revision 2, not 1"):
            records.apply([Change("c3", alert(count=3), expected=1)])
        with pytest.raises(Conflict):
            records.apply([Change("c4", alert(), expected=0)])

    def test_nothing_is_applied_where_one_change_is_refused(
        self, records: Records, audit: Audit
    ) -> None:
        with pytest.raises(Conflict):
            records.apply([Change("c1", alert()), Change("c2", alert("a2"), expected=7)])

        assert records.get("alert", "a1") is None
        assert list(audit.entries()) == []
        assert records.apply([Change("c1", alert())]) == 1

    def test_nothing_is_applied_where_the_stream_breaks(self, records: Records) -> None:
        def changes() -> Iterator[Change]:
            yield Change("c1", alert())
            raise ValueError("no more")

        with pytest.raises(ValueError, match="no more"):
            records.apply(changes())

        assert records.get("alert", "a1") is None

    def test_a_state_that_may_not_follow_is_refused(self, records: Records) -> None:
        put(records, block())

        with pytest.raises(StoreError, match="proposed -> active: what may follow is"):
            records.apply([Change("c2", block(state="active"))])
        with pytest.raises(StoreError, match="state 'gone': use one of"):
            records.apply([Change("c3", block(state="gone"))])

    def test_a_value_that_could_not_be_read_back_is_refused(self, records: Records) -> None:
        with pytest.raises(StoreError, match="severity: 'huge' is not one of"):
            records.apply([Change("c1", alert(severity="huge"))])

    def test_who_proposed_does_not_approve_and_the_try_is_audited(
        self, records: Records, audit: Audit
    ) -> None:
        put(records, block())
        own = block(state="approved", approved_by="zhou", approved_at=AT)

        with pytest.raises(ScopeError, match="another login must approve"):
            records.apply([Change("c2", own)])

        refused = list(audit.entries())[-1]
        assert (refused["action"], refused["login"]) == ("refused", "zhou")
        assert (refused["id"], refused["wanted"]) == ("b1", "approved")
        assert audit.verify().ok

    def test_another_login_approves(self, records: Records) -> None:
        put(records, block())
        put(records, block(state="approved", approved_by="lin", author=by("lin")))

        found = records.get("block", "b1")

        assert found is not None
        assert found.state == "approved"

    def test_a_record_is_as_it_was_at_a_time(self, records: Records) -> None:
        put(records, alert())
        put(records, alert(state="acknowledged", at=AT + HOUR))

        states = [
            record.state if (record := records.get("alert", "a1", at=at)) else None
            for at in (AT - HOUR, AT, AT + HOUR / 2, AT + HOUR, AT + 2 * HOUR)
        ]

        assert states == [None, "open", "open", "acknowledged", "acknowledged"]

    def test_find_as_of_a_time_sees_former_values(self, records: Records) -> None:
        put(records, alert())
        put(records, alert("a2", at=AT + 2 * HOUR))
        put(records, alert(state="acknowledged", at=AT + HOUR))
        is_open = Equals("state", "open")

        found = [
            ids(records.find("alert", is_open, at=at)) for at in (AT, AT + HOUR, AT + 2 * HOUR)
        ]

        assert found == [["a1"], [], ["a2"]]
        assert ids(records.find("alert", is_open)) == ["a2"]
        assert ids(records.find("alert", at=AT + HOUR)) == ["a1"]
        assert ids(records.find("alert", at=AT - HOUR)) == []

    def test_a_value_that_returns_is_found_again(self, records: Records) -> None:
        put(records, alert())
        put(records, alert(state="acknowledged", at=AT + HOUR))
        put(records, alert(state="open", at=AT + 2 * HOUR))

        assert ids(records.find("alert", Equals("state", "open"))) == ["a1"]
        assert ids(records.find("alert", Equals("state", "acknowledged"))) == []
        assert ids(records.find("alert", Equals("state", "open"), at=AT)) == ["a1"]

    def test_records_come_by_id_and_as_many_as_asked(self, records: Records) -> None:
        records.apply(Change(f"c{n}", alert(f"a{n}")) for n in (3, 1, 2))

        assert ids(records.find("alert")) == ["a1", "a2", "a3"]
        assert ids(records.find("alert", limit=2)) == ["a1", "a2"]
        assert ids(records.find("alert", Equals("rule", "r1"), limit=1)) == ["a1"]
        assert ids(records.find("alert", limit=0)) == []

    def test_kinds_do_not_mix(self, records: Records) -> None:
        put(records, alert("x"))
        put(records, Contact(id="x", state="active", at=AT, author=by(), name="林"))

        assert [r.kind for r in records.find("contact")] == ["contact"]
        assert records.get("unit", "x") is None

    def test_a_stream_of_changes_may_come_from_a_find(self, records: Records) -> None:
        records.apply(Change(f"c{n}", alert(f"a{n}")) for n in range(50))
        acknowledged = (
            Change(f"ack {r.id}", replace(r, state="acknowledged"), expected=r.revision)
            for r in records.find("alert", Equals("state", "open"))
        )

        assert records.apply(acknowledged) == 50
        assert ids(records.find("alert", Equals("state", "open"))) == []

    def test_narrowing_never_changes_the_answer(self, records: Records) -> None:
        stored = [
            alert("a1"),
            alert("A2", rule="R2", victims=(Victim(endpoint="192.0.2.1", unit="Ü1"),)),
            alert("a3", rule="r3", count=2, first_seen=AT + 2 * HOUR),
            alert("a4", attackers=(Attacker(address="203.0.113.2"),), assignee="lin"),
        ]
        records.apply(Change(record.id, record) for record in stored)
        records.apply([Change("ack", alert("a4", state="acknowledged", at=AT + HOUR))])

        @settings(max_examples=60)
        @given(where=NARROWING, at=st.sampled_from([None, AT, AT + HOUR]))
        def compared(where: Where, at: datetime | None) -> None:
            every = records.find("alert", at=at)
            expected = [r.id for r in every if matches(where, flatten(r), "record.alert")]
            assert ids(records.find("alert", where, at=at)) == expected

        compared()

    def test_a_reader_concludes_its_window(self, records: Records) -> None:
        first = records.conclude("detect", {}, {"h1": 3}, [Change("c1", alert())])
        again = records.conclude("detect", {"h1": 3}, {"h1": 5, "h2": 0}, [Change("c1", alert())])

        assert (first, again) == (1, 0)
        assert records.watermark("detect") == {"h1": 5, "h2": 0}
        assert records.watermark("other") == {}

    def test_a_watermark_that_moved_meanwhile_is_a_conflict(self, records: Records) -> None:
        records.conclude("detect", {}, {"h1": 3}, [])

        with pytest.raises(Conflict, match="watermark of detect"):
            records.conclude("detect", {}, {"h1": 4}, [Change("c1", alert())])

        assert records.watermark("detect") == {"h1": 3}
        assert records.get("alert", "a1") is None

    def test_a_refused_change_leaves_the_watermark(self, records: Records) -> None:
        with pytest.raises(Conflict):
            records.conclude("detect", {}, {"h1": 3}, [Change("c1", alert(), expected=1)])

        assert records.watermark("detect") == {}

    def test_numbers_of_a_series_have_no_gap(self, records: Records) -> None:
        numbers = [records.next_number("ZG", 2026) for _ in range(3)]

        assert numbers == [1, 2, 3]
        assert records.next_number("ZG", 2027) == 1
        assert records.next_number("FD", 2026) == 1

    def test_a_lease_is_held_by_one(self, records: Records, clock: SetClock) -> None:
        mine = records.acquire("detect", "p1", 60)

        assert mine is not None
        assert mine.until == clock.now() + timedelta(seconds=60)
        assert records.acquire("detect", "p2", 60) is None
        assert records.acquire("scan", "p2", 60) is not None

    def test_its_holder_renews_a_lease(self, records: Records, clock: SetClock) -> None:
        records.acquire("detect", "p1", 60)
        clock.advance(seconds=50)
        renewed = records.acquire("detect", "p1", 60)
        clock.advance(seconds=50)

        assert renewed is not None
        assert records.acquire("detect", "p2", 60) is None

    def test_a_lease_that_ended_is_anybodys(self, records: Records, clock: SetClock) -> None:
        lost = records.acquire("detect", "p1", 60)
        clock.advance(seconds=60)
        taken = records.acquire("detect", "p2", 60)
        assert lost is not None
        records.release(lost)

        assert taken is not None
        assert records.acquire("detect", "p1", 60) is None

    def test_a_lease_that_was_given_back_is_free(self, records: Records) -> None:
        lease = records.acquire("detect", "p1", 60)
        assert lease is not None
        records.release(lease)
        records.release(lease)

        assert records.acquire("detect", "p2", 60) is not None

    def test_every_change_is_audited_once(self, records: Records, audit: Audit) -> None:
        put(records, alert(), "c1")
        put(records, alert(state="acknowledged", author=by("lin"), reason="查"), "c2")
        records.apply([Change("c2", alert(state="closed", verdict="attack"))])

        first, second = audit.entries()

        assert (first["action"], first["change_id"], first["before"]) == ("created", "c1", None)
        assert (second["action"], second["login"], second["reason"]) == ("changed", "lin", "查")
        assert second["fields"] == {"state": ["open", "acknowledged"]}
        assert second["before"] == first["after"] != second["after"]
        assert audit.verify().ok

    def test_personal_values_stay_out_of_the_audit_log(
        self, records: Records, audit: Audit
    ) -> None:
        person = Contact(
            id="k1", state="active", at=AT, author=by(), name="林若溪", phone="13800000000"
        )
        put(records, person)
        put(records, replace(person, phone="13900000000", at=AT + HOUR))

        first, second = audit.entries()

        assert first["fields"]["phone"] == [None, "***"]
        assert second["fields"] == {"phone": ["***", "***"]}
        assert "林若溪" not in str([first, second])

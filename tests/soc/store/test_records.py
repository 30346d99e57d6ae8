from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc.errors import Conflict, ScopeError, StoreError
from soc.fold import fold
from soc.records import Author, kinds
from soc.records.alert import Alert, Attacker, Victim
from soc.records.asset import Asset, Endpoint
from soc.records.contact import Contact
from soc.records.report import Report
from soc.records.system import Mlps, System
from soc.records.unit import Channel, Unit
from soc.store import Change
from soc.store.records import Terms, accepted, flatten, narrow, terms, told
from soc.where import All, Cidr, Contains, Equals, Exists, In, Not, Prefix, Some, Where
from tests.soc.records.strategies import made

AT = datetime(2026, 3, 18, 1, tzinfo=UTC)
BY = Author(login="lin", person="林若溪", host="jump1")
ALL: dict[str, Any] = {"id": "x1", "at": AT, "author": BY}
FIELDS = ("address", "unit", "state")


def asset() -> Asset:
    return Asset(
        **ALL,
        state="active",
        name="Web",
        systems=("s1", "s2"),
        maintained_on=date(2026, 1, 2),
        endpoints=(
            Endpoint(address="192.0.2.1", port=80, zone="云"),
            Endpoint(address="192.0.2.2", port=443),
        ),
    )


def test_a_record_flattens_to_dotted_names() -> None:
    assert flatten(asset()) == {
        "kind": "asset",
        "id": "x1",
        "state": "active",
        "origin": "live",
        "revision": 0,
        "at": AT,
        "author.login": "lin",
        "author.person": "林若溪",
        "author.through": "cli",
        "author.host": "jump1",
        "reason": "",
        "name": "Web",
        "systems": ["s1", "s2"],
        "maintained_on": "2026-01-02",
        "endpoints.address": ["192.0.2.1", "192.0.2.2"],
        "endpoints.port": [80, 443],
        "endpoints.zone": ["云"],
    }


def test_a_part_that_stands_alone_is_no_list() -> None:
    system = System(**ALL, state="running", name="OA", mlps=Mlps(level=3))

    assert flatten(system)["mlps.level"] == 3


def test_tables_flatten_by_their_keys() -> None:
    report = Report(
        **ALL,
        state="built",
        name="daily",
        start=AT,
        end=AT,
        as_of=AT,
        values={"attacks": 5, "none": None},
        watermarks={"flow": {"jump1": 7}},
    )

    flat = flatten(report)

    assert flat["values.attacks"] == 5
    assert flat["watermarks.flow.jump1"] == 7
    assert "values.none" not in flat


@pytest.mark.parametrize("kind", sorted(kinds()))
@settings(max_examples=8)
@given(data=st.data())
def test_terms_are_the_folded_texts_of_the_flat_record(kind: str, data: st.DataObject) -> None:
    annotation: Any = kinds()[kind]
    record = data.draw(made(annotation))
    flat = flatten(record)

    found = terms(record)

    for name in record.indexed:
        value = flat.get(name)
        texts = value if isinstance(value, list) else [value]
        folded = {fold(text) for text in texts if isinstance(text, str)}
        assert {value for field, value in found if field == name} == folded


def test_an_id_is_a_term_where_folding_changes_it() -> None:
    contact = Contact(**ALL, state="active", name="林")

    assert terms(contact) == set()
    assert terms(replace(contact, id="LT-1")) == {("id", "lt-1")}


ANYWHERE = Contains("address", "x")


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Equals("unit", "U1"), (("unit", "u1"),)),
        (In("unit", ("a", "B")), (("unit", "a"), ("unit", "b"))),
        (Equals("id", "X"), (("id", "x"),)),
        (Equals("port", "80"), None),
        (Equals("unit", 5), None),
        (In("unit", ("a", 5)), None),
        (In("unit", ()), ()),
        (Equals("unit", "a\0b"), None),
        (Equals("unit", "\udc00"), None),
        (ANYWHERE, None),
        (Prefix("unit", "a"), None),
        (Cidr("address", "192.0.2.0/24"), None),
        (Exists("unit"), None),
        (Not(Equals("unit", "a")), None),
        (All(), None),
        (Some(), ()),
        (Some((Equals("unit", "a"), Equals("id", "b"))), (("unit", "a"), ("id", "b"))),
        (Some((Equals("unit", "a"), ANYWHERE)), None),
        (All((ANYWHERE, Equals("unit", "a"))), (("unit", "a"),)),
        (All((Equals("state", "a"), Equals("address", "b"))), (("address", "b"),)),
        (All((Equals("address", "a"), Equals("id", "b"))), (("id", "b"),)),
        (All((In("unit", ("a", "b")), Equals("unit", "c"))), (("unit", "c"),)),
        (All((Equals("address", "a"), Some())), ()),
    ],
)
def test_a_filter_is_narrowed_by_its_sharpest_part(where: Where, expected: Terms | None) -> None:
    assert narrow(where, FIELDS) == expected


def contact(**values: Any) -> Contact:
    known: dict[str, Any] = {**ALL, "state": "active", "name": "林"}
    return Contact(**(known | values))


def test_an_accepted_record_has_the_next_revision_and_a_host() -> None:
    first, _ = accepted(Change("c", contact(author=Author(login="lin"))), None, "jump9")
    second, _ = accepted(Change("c", contact(revision=77)), first, "jump9")

    assert (first.revision, first.author.host) == (1, "jump9")
    assert (second.revision, second.author.host) == (2, "jump1")


def test_another_revision_than_expected_is_a_conflict() -> None:
    with pytest.raises(Conflict, match="contact x1: is at revision 0, not 3"):
        accepted(Change("c", contact(), expected=3), None, "h")


def test_what_could_not_be_read_back_is_not_accepted() -> None:
    with pytest.raises(StoreError, match="role: 'chief' is not one of"):
        accepted(Change("c", contact(role="chief")), None, "h")


def test_a_job_does_not_accept_a_risk() -> None:
    from soc.records.finding import Acceptance, Finding

    finding = Finding(
        **(ALL | {"author": Author(login="soc", through="schedule")}),
        state="accepted",
        check="tls",
        title="t",
        first_seen=AT,
        last_seen=AT,
        acceptance=Acceptance(approver="lin", until=AT, reason="old"),
    )

    with pytest.raises(ScopeError, match="never by a job"):
        accepted(Change("c", finding), None, "h")


def told_of(before: Any, after: Any) -> dict[str, Any]:
    stored_before = None if before is None else accepted(Change("c", before), None, "h")[1]
    stored_after = accepted(Change("c", after), None, "h")[1]
    return told("c9", stored_before, stored_after, lambda stored: f"seal {len(stored)}")


def test_the_audit_log_is_told_who_what_and_why() -> None:
    entry = told_of(contact(), contact(reason="离任", state="left"))

    assert {name: entry[name] for name in ("login", "person", "through", "host")} == {
        "login": "lin",
        "person": "林若溪",
        "through": "cli",
        "host": "jump1",
    }
    assert (entry["kind"], entry["id"], entry["reason"]) == ("contact", "x1", "离任")
    assert (entry["change_id"], entry["at"]) == ("c9", "2026-03-18T01:00:00.000000Z")
    assert entry["fields"] == {"state": ["active", "left"]}
    assert entry["before"].startswith("seal")


def test_personal_parts_inside_lists_are_masked() -> None:
    unit = Unit(**ALL, state="active", name="局", channels=(Channel(type="sms", address="138"),))

    entry = told_of(None, unit)

    assert entry["before"] is None
    assert entry["fields"]["channels"] == [None, [{"type": "sms", "address": "***"}]]
    assert entry["fields"]["name"] == [None, "局"]


def test_a_list_of_personal_texts_is_masked_whole() -> None:
    from soc.records.shift import Shift

    shift = Shift(**ALL, state="planned", start=AT, end=AT, post="监测", people=("林", "周"))

    assert told_of(None, shift)["fields"]["people"] == [None, "***"]


def test_parts_of_an_alert_are_listed_together() -> None:
    alert = Alert(
        **ALL,
        state="open",
        rule="r",
        title="t",
        first_seen=AT,
        last_seen=AT,
        attackers=(Attacker(address="203.0.113.1"), Attacker(address="203.0.113.2", asn=64500)),
        victims=(Victim(endpoint="192.0.2.1"),),
    )

    flat = flatten(alert)

    assert flat["attackers.address"] == ["203.0.113.1", "203.0.113.2"]
    assert flat["attackers.asn"] == [64500]
    assert flat["victims.endpoint"] == ["192.0.2.1"]

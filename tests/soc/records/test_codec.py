from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc.errors import StoreError
from soc.records import Author, Record, kinds
from soc.records import _codec as module
from soc.records._codec import canonical, decode, encode
from soc.records.contact import Contact
from soc.records.report import Report
from soc.records.verdict import Verdict
from tests.soc.records.strategies import made

AT = datetime(2026, 3, 18, 1, 2, 3, 4, tzinfo=UTC)
BY = Author(login="lin")


def contact(**values: Any) -> Contact:
    known: dict[str, Any] = {"id": "lt-contact-1", "state": "active", "at": AT, "author": BY}
    return Contact(**(known | {"name": "林"} | values))


@pytest.mark.parametrize("kind", sorted(kinds()))
@settings(max_examples=15)
@given(data=st.data())
def test_what_is_decoded_is_what_was_encoded(kind: str, data: st.DataObject) -> None:
    annotation: Any = kinds()[kind]
    record = data.draw(made(annotation))

    stored = encode(record)

    assert decode(kind, stored) == record
    assert encode(decode(kind, stored)) == stored


def test_the_same_record_is_the_same_bytes_wherever_it_was_made() -> None:
    beijing = AT.astimezone(timezone(timedelta(hours=8)))

    assert encode(contact()) == encode(contact(at=beijing))


def test_keys_are_sorted_and_what_is_absent_is_left_out() -> None:
    document = json.loads(encode(contact()))

    assert list(document) == sorted(document)
    assert "phone" not in document
    assert (document["kind"], document["schema"]) == ("contact", 1)


def test_times_sort_as_text() -> None:
    document = json.loads(encode(contact(at=AT.replace(microsecond=0))))

    assert document["at"] == "2026-03-18T01:02:03.000000Z"


def test_text_is_utf8() -> None:
    assert "林".encode() in encode(contact())


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"at": AT.replace(tzinfo=None)}, "has no time zone"),
        ({"name": "\ud800"}, "surrogates"),
        ({"name": object()}, "cannot be stored"),
    ],
)
def test_what_cannot_be_stored_is_refused_by_name(values: dict[str, Any], why: str) -> None:
    with pytest.raises(StoreError, match=rf"contact lt-contact-1: .*{why}"):
        encode(contact(**values))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(number: float) -> None:
    verdict = Verdict(
        id="v", state="active", at=AT, author=BY, rule_set="z", subject="s", score=number
    )

    with pytest.raises(StoreError, match=r"score: .* is not a number"):
        encode(verdict)


def test_no_number_hides_among_values() -> None:
    report = Report(
        id="r", state="built", at=AT, author=BY, name="daily", start=AT, end=AT, as_of=AT,
        values={"a": float("nan")},
    )  # fmt: skip

    with pytest.raises(StoreError, match="values: nan is not a number"):
        encode(report)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"role": "chief"}, "role: 'chief' is not one of leader"),
        ({"name": 5}, "name: 5 is not text"),
        ({"nickname": "x"}, "nickname: there is no such field"),
        ({"revision": True}, "revision: True is not a whole number"),
        ({"at": "yesterday"}, "at: "),
        ({"at": "2026-03-18T01:00:00"}, "at: .* has no time zone"),
        ({"drills": "d1"}, "drills: 'd1' is not a list"),
        ({"author": "lin"}, "author: 'lin' is not a table"),
        ({"kind": "asset"}, "holds a asset"),
        ({"schema": 99}, "schema 99 is newer than 1: update the program"),
        ({"name": None}, "name: None is not text"),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, Any], why: str) -> None:
    document = json.loads(encode(contact())) | change

    with pytest.raises(StoreError, match=f"stored contact: .*{why}"):
        decode("contact", json.dumps(document).encode())


@pytest.mark.parametrize("stored", [b"", b"\xff", b"[]", b"{}", b"null", b'{"kind":"contact"}'])
def test_what_is_no_record_is_refused(stored: bytes) -> None:
    with pytest.raises(StoreError, match="stored contact"):
        decode("contact", stored)


@settings(max_examples=60)
@given(stored=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_with_our_error(stored: bytes) -> None:
    with pytest.raises(StoreError):
        decode("contact", stored)


class Renamed(Contact):
    schema: ClassVar[int] = 2

    @classmethod
    def upgrade(cls, document: dict[str, Any], schema: int) -> dict[str, Any]:
        return document | {"phone": document.get("phone", "") + f" from {schema}"}


def test_a_document_of_an_older_schema_is_upgraded(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = encode(contact(phone="1"))
    monkeypatch.setattr(module, "kind_of", lambda name: Renamed)

    read: Record = decode("contact", stored)

    assert isinstance(read, Renamed)
    assert read.phone == "1 from 1"


def test_a_list_for_a_tuple_comes_back_as_a_tuple() -> None:
    listed: Any = ["d1"]

    read = decode("contact", encode(replace(contact(), drills=listed)))

    assert read.drills == ("d1",)


def test_any_mapping_has_one_canonical_form() -> None:
    assert canonical({"b": 1, "a": AT}) == b'{"a":"2026-03-18T01:02:03.000004Z","b":1}'

"""``soc._evaluate``: what it alone promises; the meaning of filters is in tests/contracts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from soc._evaluate import check, compile, matches
from soc.errors import RuleError
from soc.where import (
    MANY,
    All,
    Cidr,
    Contains,
    Equals,
    Exists,
    Glob,
    In,
    Keyword,
    Not,
    Prefix,
    Range,
    Regex,
    Where,
)

NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)


@pytest.mark.parametrize("pattern", ["a(?=b)", "(", r"(a)\1", "a{2000}", "\ud800"])
def test_a_pattern_that_is_no_re2_is_refused_with_its_field(pattern: str) -> None:
    with pytest.raises(RuleError, match=r"^url\.original: pattern .* write an RE2 pattern"):
        check(Not(Regex("url.original", pattern)), "http")


@pytest.mark.parametrize(
    "network", ["192.0.2.1/24", "192.0.2.0/33", "x", "", "fe80::1%eth0", "1.2"]
)
def test_a_network_that_is_none_is_refused_with_its_field(network: str) -> None:
    with pytest.raises(RuleError, match=r"^source\.ip: "):
        check(Cidr("source.ip", network), "http")


def test_an_unknown_column_is_refused_by_the_check_only() -> None:
    where = All((Exists("source.ip"), Equals("no.such", 1)))

    with pytest.raises(RuleError, match=r"^no\.such: no such column in dataset flow"):
        check(where, "flow")
    assert matches(where, {"source.ip": "192.0.2.1"}, "flow") is False


def test_keys_of_maps_and_ids_are_known_columns() -> None:
    where = All((Equals("soc.other.any", "x"), Equals("event.id", "y"), Exists("soc.version")))

    check(where, "flow")


def test_an_unknown_dataset_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        compile(Exists("x"), "flows")


def test_a_glob_beyond_the_memory_of_re2_is_refused() -> None:
    pieces = ("a" * 8_000, MANY) * 200

    with pytest.raises(RuleError, match=r"^message: "):
        check(Glob("message", pieces), "flow")


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("source.port", "443", Equals("source.port", 443)),
        ("source.port", 443.0, Equals("source.port", "443")),
        ("message", 443, Equals("message", "443")),
        ("message", True, Equals("message", "true")),
        ("event.start", "2026-03-18T20:00:00+08:00", Equals("event.start", "2026-03-18T12:00:00Z")),
        ("event.start", NOON.replace(tzinfo=None), Equals("event.start", "2026-03-18T12:00:00Z")),
        (
            "event.start",
            NOON.astimezone(timezone(timedelta(hours=8))),
            Range("event.start", "2026-03-18T12:00Z"),
        ),
        ("event.type", "alone", Equals("event.type", "ALONE")),
        ("message", ["a", "b"], Equals("message", "b")),
        ("source.ip", ["192.0.2.1"], Cidr("source.ip", "192.0.2.0/24")),
        ("soc.other", [("k", "v")], Equals("soc.other.k", "v")),
        ("soc.other", {"k": 5}, Equals("soc.other.k", "5")),
    ],
)
def test_values_are_read_by_the_type_of_their_column(field: str, value: Any, where: Where) -> None:
    assert matches(where, {field: value}, "flow")


@pytest.mark.parametrize(
    ("field", "value"), [("source.port", "http"), ("event.start", "noon"), ("source.bytes", True)]
)
def test_a_value_that_its_column_cannot_hold_is_absent(field: str, value: Any) -> None:
    assert not matches(In(field, (value, 1)), {field: value}, "flow")
    assert not matches(Prefix(field, ""), {field: value}, "flow")


def test_an_id_may_come_whole() -> None:
    assert matches(Equals("event.id", "ab"), {"event.id": "AB"}, "flow")


RECORD: dict[str, object] = {
    "state": "open",
    "count": 3,
    "score": 1.5,
    "is_cii": True,
    "first_seen": NOON,
    "attackers.address": ["192.0.2.1", "2001:db8::1"],
    "note": None,
}


@pytest.mark.parametrize(
    "where",
    [
        Equals("state", "OPEN"),
        Equals("count", "3"),
        Equals("score", 1.5),
        Equals("is_cii", "true"),
        Range("count", 2, 3),
        Range("first_seen", "2026-03-18", "2026-03-19"),
        Equals("first_seen", "2026-03-18T20:00:00+08:00"),
        Cidr("attackers.address", "2001:db8::/32"),
        Equals("attackers.address", "192.0.2.1"),
        Contains("count", "3"),
        Keyword("2001:"),
        Not(Exists("note")),
        Not(Equals("no.such", 1)),
        Not(Keyword("3")),
    ],
    ids=repr,
)
def test_fields_of_records_have_the_type_of_their_value(where: Where) -> None:
    check(where, "record.alert")

    assert matches(where, RECORD, "record.alert")


def test_a_compiled_filter_is_kept() -> None:
    assert compile(Exists("message"), "flow") is compile(Exists("message"), "flow")

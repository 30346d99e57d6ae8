"""``soc._literal``: what literals and values mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc import _literal, schema
from soc.errors import InputError

NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (443, 443),
        ("443", 443),
        ("+0443", 443),
        ("-7", -7),
        ("4.43e2", 443),
        ("1.5", 1.5),
        (2.0, 2),
        (str((1 << 63) + 1), (1 << 63) + 1),
        (True, None),
        ("", None),
        (" 1", None),
        ("1_0", None),
        ("0x10", None),
        ("٣", None),
        ("nan", None),
        ("1e999", None),
        (float("inf"), None),
        (float("nan"), None),
        (None, None),
    ],
)
def test_a_number_is_finite_and_plain(value: object, expected: float | None) -> None:
    found = _literal.number(value)

    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-18T12:00:00Z", NOON),
        ("2026-03-18T20:00:00+08:00", NOON),
        ("2026-03-18T12:00:00", NOON),
        ("2026-03-18", NOON.replace(hour=0)),
        (NOON.astimezone(timezone(timedelta(hours=8))), NOON),
        (NOON.replace(tzinfo=None), NOON),
        ("noon", None),
        ("0001-01-01T00:00:00+08:00", None),
        (0, None),
        (None, None),
    ],
)
def test_an_instant_is_aware(value: object, expected: datetime | None) -> None:
    assert _literal.instant(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), ("TRUE", True), ("false", False), (1, None), ("1", None), ("", None)],
)
def test_a_truth_is_never_a_number(value: object, expected: bool | None) -> None:
    assert _literal.truth(value) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("x", "x"),
        (True, "true"),
        (443, "443"),
        (1.5, "1.5"),
        (2.0, "2"),
        (float("inf"), "inf"),
        (NOON, "2026-03-18T12:00:00.000000Z"),
    ],
)
def test_every_value_reads_as_text(value: object, expected: str) -> None:
    assert _literal.text(value) == expected


def test_a_v6_network_over_the_mapped_block_holds_no_v4() -> None:
    span = _literal.span("::/0")

    assert span.without_v4
    assert not span.holds(_literal.twin("192.0.2.1") or b"")
    assert span.holds(_literal.twin("::") or b"")
    assert span.holds(_literal.twin("2001:db8::1") or b"")


def test_host_bits_are_refused() -> None:
    with pytest.raises(InputError):
        _literal.span("192.0.2.1/24")


@given(st.integers(-(1 << 63), (1 << 63) - 1), st.integers(0, (1 << 63) - 1))
def test_an_event_id_is_read_back(key: int, record: int) -> None:
    assert _literal.event_id(schema.event_id(key, record)) == (key, record)


@pytest.mark.parametrize("text", ["", "f" * 32, "F" * 15 + "0" * 17, "0x" + "1" * 30, "1" * 33])
def test_what_is_no_event_id_is_none(text: str) -> None:
    assert _literal.event_id(text) is None

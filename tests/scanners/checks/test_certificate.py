from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scanners.checks import Finding
from scanners.checks.certificate import evaluate
from tests.scanners.checks.spots import spot


def certificate(**parts: str) -> list[Finding]:
    return list(evaluate(spot(443, scripts={f"ssl-cert.{k}": v for k, v in parts.items()})))


@pytest.mark.parametrize(
    ("end", "rules"),
    [
        ("2026-03-18T00:59:59", ["certificate.expired"]),
        ("2026-03-18T01:00:00", ["certificate.expired"]),
        ("2026-03-18T01:00:01", ["certificate.expiring"]),
        ("2026-04-17T00:59:59", ["certificate.expiring"]),
        ("2026-04-17T01:00:00", []),
    ],
)
def test_a_certificate_has_expired_or_will_within_thirty_days(end: str, rules: list[str]) -> None:
    assert [found.rule for found in certificate(not_after=end)] == rules


@pytest.mark.parametrize(
    ("kind", "bits", "is_weak"),
    [("rsa", "1024", True), ("rsa", "2047", True), ("rsa", "2048", False), ("ec", "256", False)],
)
def test_an_rsa_key_below_2048_bits_is_weak(kind: str, bits: str, is_weak: bool) -> None:
    found = certificate(key_type=kind, key_bits=bits)

    assert [each.rule for each in found] == (["certificate.weak_key"] if is_weak else [])


@pytest.mark.parametrize(
    ("signature", "is_weak"),
    [
        ("sha1WithRSAEncryption", True),
        ("md5WithRSAEncryption", True),
        ("ecdsa-with-SHA1", True),
        ("sha256WithRSAEncryption", False),
        ("ecdsa-with-SHA256", False),
    ],
)
def test_md5_and_sha1_are_weak_signatures(signature: str, is_weak: bool) -> None:
    assert len(certificate(signature=signature)) == is_weak


def test_the_print_for_people_is_enough_for_the_dates() -> None:
    printed = "Subject: commonName=x\nNot valid before: 2020-01-01T00:00:00\n"
    seen = spot(443, scripts={"ssl-cert": f"{printed}Not valid after:  2021-01-01T00:00:00"})

    (found,) = evaluate(seen)

    assert (found.rule, found.values) == ("certificate.expired", {"date": "2021-01-01"})


def test_what_is_known_from_an_earlier_day_expires_in_time() -> None:
    scripts = {"ssl-cert.not_after": "2026-06-01T00:00:00"}

    assert list(evaluate(spot(443, scripts=scripts))) == []
    later = datetime(2026, 7, 1, tzinfo=UTC)
    assert [f.rule for f in evaluate(spot(443, scripts=scripts, now=later))] == [
        "certificate.expired"
    ]


@pytest.mark.parametrize("end", ["", "soon", "2026-13-01T00:00:00"])
def test_a_date_that_is_none_finds_nothing(end: str) -> None:
    assert certificate(not_after=end) == []

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from scanners.checks import Finding
from scanners.checks.end_of_life import end, evaluate
from tests.scanners.checks.spots import spot


def found(product: str, version: str | None, **parts: Any) -> list[Finding]:
    return list(evaluate(spot(product=product, version=version, **parts)))


@pytest.mark.parametrize(
    ("product", "version", "day"),
    [
        ("nginx", "1.14.2", "2019-04-23"),
        ("Apache httpd", "2.2.15", "2017-07-11"),
        ("MySQL", "5.5.62", "2018-12-31"),
        ("MySQL", "5.5.5-10.1.48-MariaDB", "2020-10-17"),
        ("Redis key-value store", "3.2.12", "2022-04-27"),
        ("Microsoft IIS httpd", "6.0", "2015-07-14"),
        ("OpenSSL", "1.0.2k", "2019-12-31"),
        ("PostgreSQL DB", "9.5.0 - 9.6.1", "2021-11-11"),
    ],
)
def test_the_cycle_of_a_version_tells_its_end(product: str, version: str, day: str) -> None:
    (each,) = found(product, version)

    assert each.values["date"] == day


@pytest.mark.parametrize(
    ("product", "version"),
    [
        ("nginx", "1.28.0"),
        ("nginx", None),
        ("nginx", "9.9"),
        ("PostgreSQL DB", "9.6.0 or later"),
        ("Apache Tomcat/Coyote JSP engine", "1.1"),
        ("Unheard Server", "0.1"),
    ],
)
def test_what_is_supported_newer_or_not_told_is_no_finding(
    product: str, version: str | None
) -> None:
    assert found(product, version) == []


def test_a_bare_banner_is_unconfirmed() -> None:
    (each,) = found("nginx", "1.14.2")

    assert each.confidence == "unconfirmed"


@pytest.mark.parametrize(
    ("version", "extra"), [("5.5.62-0ubuntu0.14.04.1", None), ("1.14.1", "Debian")]
)
def test_a_distribution_that_mends_old_versions_keeps_it_unconfirmed(
    version: str, extra: str | None
) -> None:
    product = "MySQL" if extra is None else "nginx"

    (each,) = found(product, version, extra=extra, title=version)

    assert each.confidence == "unconfirmed"


def test_a_product_that_only_its_maker_ships_is_likely() -> None:
    (each,) = found("Microsoft IIS httpd", "7.5")

    assert each.confidence == "likely"


def test_a_version_told_twice_is_likely() -> None:
    (each,) = found("Apache Tomcat", "7.0.52", title="Apache Tomcat/7.0.52")

    assert each.confidence == "likely"


def test_a_product_without_name_is_known_by_its_cpe() -> None:
    (each,) = evaluate(spot(version="1.14.2", cpe=("cpe:/a:igor_sysoev:nginx:1.14.2",)))

    assert each.values["product"] == "nginx"


@pytest.mark.parametrize(("now", "count"), [("2019-04-22", 0), ("2019-04-23", 1)])
def test_the_last_day_counts_as_ended(now: str, count: int) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)

    assert len(found("nginx", "1.14.2", now=at)) == count


def test_the_longest_fitting_cycle_decides() -> None:
    cycles = {"1": date(2001, 1, 1), "1.2": date(2002, 2, 2), "1.10": date(2003, 3, 3)}

    assert end((1, 2, 9), cycles) == ("1.2", date(2002, 2, 2))
    assert end((1, 10), cycles) == ("1.10", date(2003, 3, 3))
    assert end((1, 5), cycles) == ("1", date(2001, 1, 1))
    assert end((0, 9), cycles) == ("1", date(2001, 1, 1))
    assert end((2,), cycles) is None

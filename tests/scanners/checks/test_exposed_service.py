from __future__ import annotations

import pytest

from scanners._grade import grade
from scanners.checks.exposed_service import evaluate
from tests.scanners.checks.spots import spot


def test_a_cache_that_tells_its_version_to_anybody_is_verified_and_critical_on_the_internet() -> (
    None
):
    seen = spot(
        6379,
        product="Redis key-value store",
        version="3.2.12",
        method="probed",
        zone_type="internet",
    )

    (found,) = evaluate(seen)

    assert (found.values["service"], found.confidence) == ("redis", "verified")
    assert grade(found.vector) == "critical"


def test_a_cache_that_asks_for_a_password_is_graded_lower() -> None:
    seen = spot(6379, product="Redis key-value store", method="probed", zone_type="internet")

    (found,) = evaluate(seen)

    assert grade(found.vector) == "high"


@pytest.mark.parametrize(
    ("port", "service"),
    [(23, "telnet"), (445, "smb"), (3389, "rdp"), (2375, "docker"), (8848, "nacos")],
)
def test_an_open_port_that_nobody_asked_is_unconfirmed(port: int, service: str) -> None:
    (found,) = evaluate(spot(port, method="table", zone_type="public"))

    assert (found.values["service"], found.confidence) == (service, "unconfirmed")


def test_a_port_that_answers_as_something_else_is_no_such_service() -> None:
    seen = spot(6379, product="nginx", version="1.28.0", protocol="http", method="probed")

    assert list(evaluate(seen)) == []


def test_a_console_is_known_by_its_title_on_any_port() -> None:
    seen = spot(18_080, product="Apache Tomcat", title="Nacos", method="probed", zone_type="cloud")

    (found,) = evaluate(seen)

    assert (found.values["service"], found.confidence) == ("nacos", "verified")


def test_in_the_management_network_nothing_is_wrong() -> None:
    seen = spot(3389, product="Microsoft Terminal Services", zone_type="management")

    assert list(evaluate(seen)) == []


@pytest.mark.parametrize(("zone", "count"), [("internet", 1), ("public", 0), ("cloud", 0)])
def test_remote_login_counts_from_the_internet_only(zone: str, count: int) -> None:
    seen = spot(22, product="OpenSSH", version="7.4", protocol="ssh", zone_type=zone)

    assert len(list(evaluate(seen))) == count


def test_the_same_service_weighs_less_where_only_neighbours_reach_it() -> None:
    wide, near = (
        next(evaluate(spot(445, product="Samba smbd", method="probed", zone_type=zone)))
        for zone in ("public", "cloud")
    )

    assert (grade(wide.vector), grade(near.vector)) == ("high", "medium")

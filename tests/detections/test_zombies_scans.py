"""Which runs may be believed, and what a title says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from detections._zombies_scans import Host, Scans, believed, kind_of_page

AT = datetime(2026, 3, 1, tzinfo=UTC)


def scans(runs: list[dict[str, bool]]) -> Scans:
    """Runs a week apart: address -> answered."""
    hosts: dict[str, tuple[Host, ...]] = {}
    for number, run in enumerate(runs):
        for ip, answered in run.items():
            outcome = "done" if answered else "not_reached"
            host = Host(f"run{number}", AT + timedelta(weeks=number), None, outcome)
            hosts[ip] = (*hosts.get(ip, ()), host)
    return Scans(hosts)


def test_a_run_is_believed_where_half_of_those_that_ever_answered_do() -> None:
    found = scans(
        [
            {"192.0.2.1": True, "192.0.2.2": True, "192.0.2.3": False},
            {"192.0.2.1": True, "192.0.2.2": False, "192.0.2.3": False},
            {"192.0.2.1": False, "192.0.2.2": False, "192.0.2.3": False},
        ]
    )

    assert {run for run, _ in believed(found, {})} == {"run0", "run1"}


def test_a_unit_that_shuts_the_scanner_out_is_not_believed_to_be_gone() -> None:
    own = {f"192.0.2.{n}": True for n in range(1, 4)}
    other = {f"198.51.100.{n}": True for n in range(1, 10)}
    shut = dict.fromkeys(own, False)
    units: dict[str, str | None] = {}
    units |= dict.fromkeys(own, "a") | dict.fromkeys(other, "b")

    found = believed(scans([own | other, shut | other]), units)

    assert ("run0", "a") in found
    assert ("run1", "a") not in found
    assert ("run1", "b") in found


def test_a_run_before_anybody_answered_says_nothing() -> None:
    assert believed(scans([{"192.0.2.1": False}]), {}) == set()


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Welcome to nginx!", "default"),
        ("Apache2 Ubuntu Default Page: It works", "default"),
        ("IIS Windows Server", "default"),
        ("恭喜，站点创建成功！", "default"),
        ("404 Not Found", "error"),
        ("系统维护中", "error"),
        ("澜汀区教育局", None),
        ("区教育局招生系统", None),
        (None, None),
        ("", None),
    ],
)
def test_titles_of_pages_that_nobody_made(title: str | None, kind: str | None) -> None:
    assert kind_of_page(title) == kind

"""A page that nobody works on is a sign, as far back as scans have looked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from detections._zombies_gather import facts_of_all
from detections._zombies_settings import ZombieSettings
from soc.context import Context
from tests.detections.estate import TODAY, scan, system, use, weekly
from tests.detections.test_zombies import evaluated, verdict

SITE = "192.0.2.10"


def seen(context: Context, looks: dict[int, str | None], port: int = 80, ip: str = SITE) -> None:
    """Looks by days ago, and the page that each found."""
    for ago, page in looks.items():
        day = TODAY - timedelta(days=ago)
        scan(context, f"run{ago}.{ip}.{port}", day, {ip: [port]}, page=page)


def since(context: Context) -> int | None:
    """For how many days the only system's page is known to be the same."""
    (facts,) = facts_of_all(TODAY, ("live",), ZombieSettings(), context)
    found = facts.page_unchanged_since
    return None if found is None else (TODAY - found).days


@pytest.mark.parametrize(
    ("looks", "days"),
    [
        ({200: "a", 150: "a", 100: "a", 50: "a", 1: "a"}, 200),
        ({200: "b", 150: "a", 100: "a", 50: "a", 1: "a"}, 150),
        ({200: "a", 150: "b", 100: "a", 50: "a", 1: "a"}, 100),
        ({200: "a", 100: "a", 50: "a", 1: "a"}, 100),
        ({200: "a", 160: "a", 121: "a", 61: "a", 1: "a"}, 200),
        ({200: "a", 150: None, 145: "a", 100: "a", 50: "a", 1: "a"}, 200),
        ({200: "a", 150: "a", 100: "a"}, None),
        ({1: "a"}, 1),
        ({50: None, 1: None}, None),
    ],
    ids=[
        "always the same",
        "another before",
        "changed and back",
        "a gap in which nobody looked",
        "gaps of sixty days",
        "a look without a page",
        "not read for long",
        "read once",
        "never read",
    ],
)
def test_a_page_is_unchanged_as_far_back_as_scans_have_looked(
    context: Context, looks: dict[int, str | None], days: int | None
) -> None:
    system(context, "门户", (SITE, 80))
    seen(context, looks)

    assert since(context) == days


def test_of_several_pages_the_youngest_counts(context: Context) -> None:
    system(context, "门户", (SITE, 80), ("192.0.2.11", 8080))
    seen(context, {200: "a", 150: "a", 100: "a", 50: "a", 1: "a"})
    seen(context, {90: "b", 40: "c", 1: "c"}, 8080, "192.0.2.11")

    assert since(context) == 40


def test_the_page_of_another_port_says_nothing(context: Context) -> None:
    system(context, "门户", (SITE, 443))
    seen(context, {100: "a", 50: "a", 1: "a"})

    assert since(context) is None


def test_a_page_that_stands_for_half_a_year_is_a_line_of_the_verdict(context: Context) -> None:
    system(context, "门户", (SITE, 80))
    use(context, SITE, 80, [12] * 200)
    weekly(context, {SITE: [80]})
    seen(context, {181: "a", 130: "a", 80: "a", 30: "a"})

    evaluated(context)

    lines = {s.rule: (s.points, s.value) for s in verdict(context, "门户").signals}
    day = (TODAY - timedelta(days=181)).isoformat()
    assert lines == {"active.unchanged": (8, day)}

from __future__ import annotations

from datetime import timedelta

import pytest

from soc.metrics import breakdown, number, question
from soc.metrics.alerts import LEVELS
from soc.records.alert import Alert
from tests.soc.metrics._world import PERIOD, World, alert, at


def count(metric: str, *alerts: Alert) -> float | None:
    world = World()
    world.records.put(*alerts)
    return number(metric, question(PERIOD, world.context)).value


def test_an_alert_belongs_to_the_day_on_which_it_was_first_seen() -> None:
    before, last = at(-1), at(24) - timedelta(seconds=1)

    assert count("alerts_opened", alert(1, first_seen=before), alert(2, first_seen=last)) == 1


def test_a_suppressed_alert_is_not_opened() -> None:
    assert count("alerts_opened", alert(1, state="suppressed", suppressed_by="s")) == 0


def test_older_alerts_that_nobody_closed_are_open() -> None:
    found = count("alerts_open", alert(1, first_seen=at(-100)), alert(2, state="acknowledged"))

    assert found == 2


def test_alerts_of_the_next_day_are_not_open_on_this_one() -> None:
    assert count("alerts_open", alert(1, first_seen=at(24))) == 0


def test_an_alert_is_closed_on_the_day_of_its_verdict() -> None:
    shut = {"state": "closed", "verdict": "attack"}

    assert count("alerts_closed", alert(1, **shut, judged_at=at(9))) == 1
    assert count("alerts_closed", alert(1, **shut, judged_at=at(25))) == 0


@pytest.mark.parametrize(("level", "expected"), [("critical", 1), ("high", 1), ("medium", 0)])
def test_severe_is_high_or_above(level: str, expected: int) -> None:
    assert count("alerts_severe", alert(1, severity=level)) == expected


def test_urgent_is_an_open_alert_of_an_attack_that_succeeded() -> None:
    succeeded = alert(1, result="succeeded")
    judged = alert(2, result="compromised", state="closed", verdict="attack", judged_at=at(12))

    assert count("alerts_urgent", succeeded, judged, alert(3)) == 1


def test_levels_add_up_to_the_whole() -> None:
    world = World()
    world.records.put(*(alert(n, severity=LEVELS[n % 5]) for n in range(12)))

    parts = breakdown("alerts_opened", "level", question(PERIOD, world.context))

    assert sum(part.value or 0 for part in parts) == 12


def test_a_match_issued_again_or_suppressed_does_not_count_twice() -> None:
    world = World()
    for key, hidden in (("a", None), ("a", None), ("b", None), ("c", "s1")):
        world.engine.add("match", at(10), soc_match_key=key, soc_match_suppressed__by=hidden)

    assert number("matches", question(PERIOD, world.context)).value == 2

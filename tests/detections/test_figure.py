"""Counts by hand beside what the roll-up made."""

from __future__ import annotations

from datetime import date, timedelta

from detections._figure import counted_by_hand
from soc.context import Context
from soc.metrics.figures import figures
from tests.conftest import SetClock
from tests.detections.flows import DAWN, flow, put

DAY = date(2026, 3, 18)


def test_of_one_day_and_metric_the_count_by_hand_stands(context: Context, clock: SetClock) -> None:
    clock.set(DAWN + timedelta(hours=30))
    put(context, [flow(DAWN, "203.0.113.5", "192.0.2.20", 443)])
    context.jobs.run("rollup", {}, context)
    counted_by_hand(context, "flows_seen", DAY, 7, ["抄表"])

    context.jobs.run("rollup", {"since": DAY.isoformat()}, context)

    (found,) = figures(context, DAY, DAY, "flows_seen")
    assert (found.value, found.is_manual) == (7, True)

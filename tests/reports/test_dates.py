from __future__ import annotations

from reports._dates import span, written
from soc.query import Period
from tests.soc.metrics._world import PERIOD, at

ZONE = "Asia/Shanghai"


def test_times_are_those_of_the_site() -> None:
    assert written(at(2.5), "moment", ZONE, "zh") == "2026年3月18日2时30分"
    assert written(at(2.5), "moment", ZONE, "en") == "2026-03-18 02:30"


def test_a_gap_that_lasts_until_midnight_ends_at_twenty_four() -> None:
    assert span(Period(at(22), at(24)), PERIOD, ZONE, "zh") == "22时00分至24时"
    assert span(Period(at(2), at(5)), PERIOD, ZONE, "zh") == "2时00分至5时00分"

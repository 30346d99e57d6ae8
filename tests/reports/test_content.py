from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from reports._content import fingerprint
from reports.daily import build
from tests.soc.metrics._world import AS_OF, PERIOD, busy


def test_when_it_was_said_is_no_part_of_what_is_said() -> None:
    world = busy()
    first, later = (build(PERIOD, AS_OF + n * timedelta(hours=1), world.context) for n in (0, 1))

    assert fingerprint(first) == fingerprint(later.issued(AS_OF, 7))


def test_another_number_is_another_content() -> None:
    report = build(PERIOD, AS_OF, busy().context)
    number = replace(report.numbers[0], value=99)

    assert fingerprint(replace(report, numbers=(number,))) != fingerprint(report)


def test_how_far_the_log_was_read_is_no_part_of_what_is_said() -> None:
    report = build(PERIOD, AS_OF, busy().context)
    further = tuple(replace(each, watermark={"alert": {"x": 9}}) for each in report.numbers)

    assert fingerprint(replace(report, numbers=further)) == fingerprint(report)

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reports._editions import editions, is_outdated, issue
from reports._model import Table
from reports._run import keep
from reports.daily import build
from reports.formats.html import page
from soc.metrics import COUNTED
from soc.records.report import Report as Edition
from tests.soc.metrics._world import AS_OF, DAY, PERIOD, World, alert, at, busy

if TYPE_CHECKING:
    from reports._editions import Issue

LATER = AS_OF + timedelta(hours=2)


def made(world: World, as_of: datetime = AS_OF, origins: tuple[str, ...] = COUNTED) -> Issue:
    """Build, decide on the edition, and keep it."""
    world.now = as_of
    found = issue(build(PERIOD, world.now, world.context, origins), DAY, origins, world.context)
    keep(found, [], world.context)
    return found


def test_the_first_build_is_edition_one() -> None:
    found = made(busy())

    assert (found.report.edition, found.is_new, found.before) == (1, True, None)


def test_a_build_that_says_the_same_is_the_same_edition_with_its_time() -> None:
    world = busy()
    first = made(world)
    again = made(world, LATER)

    assert not again.is_new
    assert again.report == first.report


def test_rows_of_other_days_change_no_edition_and_no_byte() -> None:
    world = busy()
    first = made(world)
    world.blocked(40)
    again = made(world, LATER)

    assert not again.is_new
    assert page(again.report) == page(first.report)


def test_a_late_row_makes_the_next_edition_that_lists_what_changed() -> None:
    world = busy()
    made(world)
    world.blocked(10, "203.0.113.200")
    found = made(world, LATER)

    assert (found.report.edition, found.is_new) == (2, True)
    assert found.record.changed == ("attacks_blocked", "attack_sources")
    assert "本版为第2版，替代第1版；2项数字有变化" in found.report.notices[-1].text
    table = found.report.sections[0].blocks[-1]
    assert isinstance(table, Table)
    assert [(row[1].value, row[2].value) for row in table.rows] == [(240, 241), (18, 19)]  # type: ignore[union-attr]


def test_an_edition_whose_words_changed_says_that_no_number_did() -> None:
    world = busy()
    made(world)
    world.records.put(alert(0, severity="critical", count=40, title="改过的标题"))

    found = made(world, LATER)

    assert found.record.changed == ()
    assert "各项数字无变化" in found.report.notices[-1].text


def test_a_second_edition_built_again_says_the_same_of_the_first() -> None:
    world = busy()
    made(world)
    world.blocked(10, "203.0.113.200")
    second = made(world, LATER)

    assert made(world, LATER + timedelta(hours=1)).report == second.report


def test_the_edition_before_is_superseded() -> None:
    world = busy()
    made(world)
    world.blocked(10, "203.0.113.200")
    made(world, LATER)

    found = editions(world.context.store.records, "daily", PERIOD)

    assert [(each.edition, each.state) for each in found] == [(1, "superseded"), (2, "built")]


def test_a_demonstration_counts_its_own_editions() -> None:
    world = busy()
    made(world)

    found = made(world, LATER, ("simulated",))

    assert (found.report.edition, found.record.origin) == (1, "simulated")


def test_a_withdrawn_edition_is_not_issued_again() -> None:
    world = busy()
    first = made(world)
    world.records.put(replace(first.record, state="withdrawn"))

    assert made(world, LATER).report.edition == 2


def test_the_record_keeps_values_coverage_and_watermarks() -> None:
    record = made(busy()).record

    assert record.values["attacks_blocked"] == 240
    assert record.coverage["attacks_blocked"] == record.values["data_coverage"]
    assert record.watermarks["alert"] == {"test": 319}
    assert record.content


def test_an_edition_is_outdated_by_later_rows_of_its_period_only() -> None:
    world = busy()
    record = made(world).record
    world.engine.add("alert", at(40), source_ip="203.0.113.1")

    assert not is_outdated(record, world.context.engine)
    world.blocked(10)
    assert is_outdated(record, world.context.engine)


def test_rows_of_a_drill_do_not_outdate_a_report_of_the_real_day() -> None:
    world = busy()
    record: Edition = made(world).record
    world.blocked(10, soc_origin="simulated")

    assert not is_outdated(record, world.context.engine)

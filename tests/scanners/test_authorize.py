from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scanners._authorize import authorize
from soc.context import Context
from soc.errors import InputError, ScopeError
from soc.records.authorization import Authorization

TOMORROW = datetime(2026, 3, 19, 1, tzinfo=UTC)


def recorded(context: Context) -> list[Authorization]:
    found = context.store.records.find("authorization")
    return [record for record in found if isinstance(record, Authorization)]


def test_a_leave_is_recorded_with_networks_end_basis_and_who_gave_it(scanning: Context) -> None:
    value = authorize(["192.0.2.0/26", "192.0.2.64/26"], TOMORROW, "政数局〔2026〕7号", scanning)

    (record,) = recorded(scanning)
    assert value["targets"] == ["192.0.2.0/25"]
    assert (record.targets, record.end, record.basis) == (
        ("192.0.2.0/25",),
        TOMORROW,
        "政数局〔2026〕7号",
    )
    assert (record.state, record.approved_by) == ("approved", "tester")


def test_an_end_without_a_zone_is_in_that_of_the_site(scanning: Context) -> None:
    value = authorize(["192.0.2.7"], datetime(2026, 3, 19), "计划", scanning)  # noqa: DTZ001

    assert value["until"] == "2026-03-19T00:00:00+08:00"


@pytest.mark.parametrize(
    ("targets", "until", "basis", "line"),
    [
        (["192.0.2.7"], TOMORROW - timedelta(days=1), "计划", "has passed; name a later time"),
        (["192.0.2.7"], TOMORROW, " ", "--basis: is empty"),
        (["192.0.2.7/24"], TOMORROW, "计划", r"192\.0\.2\.7/24"),
        (["portal.example"], TOMORROW, "计划", r"portal\.example"),
    ],
)
def test_a_leave_that_means_nothing_is_refused(
    scanning: Context, targets: list[str], until: datetime, basis: str, line: str
) -> None:
    with pytest.raises(InputError, match=line):
        authorize(targets, until, basis, scanning)

    assert recorded(scanning) == []


def test_only_who_may_approve_gives_leave(scanning: Context) -> None:
    without = replace(scanning, actor=replace(scanning.actor, rights=frozenset({"scan"})))

    with pytest.raises(ScopeError, match="may not approve"):
        authorize(["192.0.2.7"], TOMORROW, "计划", without)

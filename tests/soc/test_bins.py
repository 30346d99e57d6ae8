"""``soc._bins``: bins of time; more cases in tests/contracts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc import _bins
from soc.errors import StoreError
from soc.query import Bucket

TIMES = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001 - made aware
    lambda naive: naive.replace(tzinfo=UTC)
)
WIDTHS = st.sampled_from([1, 60, 300, 3_600, 7_000, 86_400, 3 * 86_400, 7 * 86_400])


@given(TIMES, WIDTHS)
def test_a_time_lies_in_its_bin(at: datetime, width_s: int) -> None:
    begin = _bins.begin(at, Bucket(width_s, zone="Asia/Shanghai"))

    assert begin <= at < begin + timedelta(seconds=width_s)


@given(TIMES, WIDTHS)
def test_the_begin_of_a_bin_lies_in_it(at: datetime, width_s: int) -> None:
    bucket = Bucket(width_s, zone="Asia/Shanghai")
    begin = _bins.begin(at, bucket)

    assert _bins.begin(begin, bucket) == begin


@given(TIMES)
def test_weeks_begin_on_mondays(at: datetime) -> None:
    assert _bins.begin(at, Bucket(7 * 86_400)).weekday() == 0


@pytest.mark.parametrize("width_s", [0, -60, 86_401, 100_000])
def test_a_width_that_makes_no_days_is_refused(width_s: int) -> None:
    with pytest.raises(StoreError, match="whole days"):
        _bins.check(Bucket(width_s))


@pytest.mark.parametrize("zone", ["", "Nowhere/City", "../etc/passwd", "UTC'"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(StoreError, match="zone"):
        _bins.check(Bucket(60, zone=zone))

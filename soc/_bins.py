"""Bins of time that begin at the midnights of a place.

Bins shorter than a day count from each midnight, in time that passes: a day of 25 hours has 25
bins of an hour. Bins of whole days begin at a midnight; several days count from Monday,
5 January 1970, so seven days are a week. A midnight that comes twice is the later one and one
that is left out the next instant, as ICU has it; what precedes a later midnight on its own
date falls into that date's first bin.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from soc.errors import StoreError
from soc.query import Bucket

MONDAY = date(1970, 1, 5)
DAY_S = 86_400


def check(bucket: Bucket) -> None:
    """Nothing, if the bins can be made.

    Raises:
        StoreError: a width that is neither within a day nor whole days, or an unknown zone.
    """
    is_within = 0 < bucket.width_s < DAY_S
    if not is_within and (bucket.width_s <= 0 or bucket.width_s % DAY_S):
        raise StoreError(f"bucket: {bucket.width_s} s: write less than a day, or whole days")
    _zone(bucket.zone)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as unknown:
        raise StoreError(f"bucket: zone {name!r}: not known: write Asia/Shanghai") from unknown


def begin(at: datetime, bucket: Bucket) -> datetime:
    """The beginning of the bin that an aware time falls into, UTC."""
    local = at.astimezone(_zone(bucket.zone)).date()
    days = bucket.width_s // DAY_S
    if days:
        passed = (local - MONDAY).days
        return _midnight(MONDAY + timedelta(days=passed // days * days), bucket.zone)
    midnight = _midnight(local, bucket.zone)
    passed_us = (at - midnight) // timedelta(microseconds=1)
    bins = max(0, passed_us // (bucket.width_s * 1_000_000))
    return midnight + timedelta(seconds=bins * bucket.width_s)


@lru_cache(maxsize=4096)
def _midnight(day: date, zone: str) -> datetime:
    local = datetime.combine(day, time(), _zone(zone))
    return max(local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))

from __future__ import annotations

import pytest

from soc.errors import StoreError
from soc.store._elastic_watermarks import room

GIB = 1 << 30


@pytest.mark.parametrize(
    ("mark", "headroom", "total", "free"),
    [
        ("85%", "-1", 100 * GIB, 15 * GIB),
        ("0.85", "-1", 100 * GIB, 15 * GIB),
        ("90%", "150GB", 10_000 * GIB, 150 * GIB),
        ("90%", "150GB", 100 * GIB, 10 * GIB),
        ("500mb", "-1", 100 * GIB, 500 << 20),
        ("1.5gb", "100GB", 100 * GIB, 3 * GIB // 2),
        ("100%", "20GB", 100 * GIB, 0),
    ],
)
def test_a_watermark_is_the_bytes_that_stay_free(
    mark: str, headroom: str, total: int, free: int
) -> None:
    assert abs(room(mark, headroom, total) - free) <= 1


def test_what_is_no_watermark_is_told() -> None:
    with pytest.raises(StoreError, match="'much'"):
        room("much", "-1", GIB)

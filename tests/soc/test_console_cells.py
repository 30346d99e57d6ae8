from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from soc._console_cells import cell, padded

BEIJING = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, ""),
        (7, "7"),
        (["a", "b"], "a, b"),
        (datetime(2026, 3, 17, 16, 30, tzinfo=UTC), "2026-03-18 00:30:00"),
        ("2026-03-17T16:30:12.269361+00:00", "2026-03-18 00:30:12"),
        ("2026-03-17T16:30:12Z", "2026-03-18 00:30:12"),
        ("2026-03-17", "2026-03-17"),
    ],
)
def test_a_value_is_told_in_the_zone_of_the_site(value: object, told: str) -> None:
    assert cell(value, BEIJING) == told


def test_text_of_an_attacker_cannot_steer_the_terminal() -> None:
    shown = cell("a\x1b[31mb\u202ec", BEIJING)

    assert shown == "a\N{REPLACEMENT CHARACTER}[31mb\N{REPLACEMENT CHARACTER}c"


def test_a_wide_character_fills_two_columns() -> None:
    assert padded("单位", 6) + "|" == "单位  |"

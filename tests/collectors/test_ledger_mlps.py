from __future__ import annotations

import pytest

from collectors._ledger_mlps import Grade, grade


@pytest.mark.parametrize(
    ("said", "level"),
    [("三级", 3), ("第二级", 2), ("3", 3), ("S3A3G3", 3), ("S2A3", 3), ("已备案三级", 3)],
)
def test_a_level_is_read_as_units_write_it(said: str, level: int) -> None:
    assert grade(said, "", []) == Grade(level=level, standing=None)


@pytest.mark.parametrize("said", ["等保2.0", "2024年5月完成", "见附件"])
def test_a_number_that_is_no_level_is_asked_about_and_kept(said: str) -> None:
    notes: list[str] = []

    found = grade(said, "", notes)

    assert (found.level, found.level_said) == (None, said)
    assert len(notes) == 1
    assert "kept as written" in notes[0]


@pytest.mark.parametrize(
    ("level", "filing", "standing"),
    [
        ("未定级", "", "ungraded"),
        ("", "备案中", "filing"),
        ("", "无", "unfiled"),
        ("", "/", "unfiled"),
        ("无", "/", "ungraded"),
        ("三级", "正在办理", "filing"),
        ("", "未备案", "unfiled"),
    ],
)
def test_words_in_place_of_a_value_have_a_standing_and_stay_as_written(
    level: str, filing: str, standing: str
) -> None:
    notes: list[str] = []

    found = grade(level, filing, notes)

    assert found.standing == standing
    assert (found.filing_said or "", notes) == (filing, [])


@pytest.mark.parametrize("number", ["44030612345", "44030612345-00001", "4403061234500001"])
def test_a_filing_number_has_eleven_digits_and_perhaps_the_serial_of_the_system(
    number: str,
) -> None:
    assert grade("", number, []) == Grade(filing_no=number, standing="filed")


@pytest.mark.parametrize("number", ["4403061234", "440306123456", "44030612345-1", "粤A12345"])
def test_another_number_is_no_filing_number_and_is_not_lost(number: str) -> None:
    notes: list[str] = []

    found = grade("", number, notes)

    assert (found.filing_no, found.filing_said) == (None, number)
    assert "11 digits expected" in notes[0]


def test_a_dash_says_nothing() -> None:
    assert grade("-", "——", []) == Grade()

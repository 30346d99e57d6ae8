from __future__ import annotations

from functools import cache

import pytest

from reports._fonts import FACES, FOLDER, SYMBOLS, Face, catalogue, covered, gb2312, missing, ranges


@cache
def points(face: Face) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(FOLDER / face.file, lazy=True) as font:
        return frozenset(font.getBestCmap())


def test_the_list_of_characters_is_what_every_text_face_has() -> None:
    faces = [points(face) for face in FACES if not face.is_heading]

    assert frozenset.intersection(*faces) == covered()


def test_every_character_of_the_catalogue_can_be_drawn() -> None:
    assert missing("".join(map(chr, catalogue()))) == []


def test_the_characters_of_everyday_chinese_are_covered() -> None:
    assert gb2312() <= covered()
    assert missing("澜汀街道办事处䶮镕喆堃" + SYMBOLS) == []


def test_a_heading_of_the_catalogue_has_its_bold_characters() -> None:
    from soc.text import LANGUAGES, text

    heading = next(face for face in FACES if face.is_heading)
    names = ("report.daily.title", "report.drill.title")
    titles = "".join(text(name, language) for name in names for language in LANGUAGES)

    assert {ord(char) for char in titles} <= points(heading)


def test_what_no_font_has_is_named_once() -> None:
    assert missing("a𓀀b𓀀") == ["𓀀"]


@pytest.mark.parametrize(
    ("given", "runs"), [([], []), ([3, 1, 2], [(1, 3)]), ([1, 5], [(1, 1), (5, 5)])]
)
def test_runs_hold_every_point_once(given: list[int], runs: list[tuple[int, int]]) -> None:
    assert ranges(given) == runs


def test_the_fonts_are_small_enough_to_ship_with_their_licence() -> None:
    sizes = [path.stat().st_size for path in FOLDER.iterdir() if path.is_file()]

    assert sum(sizes) <= 9_000_000
    assert "SIL OPEN FONT LICENSE" in (FOLDER / "OFL.txt").read_text(encoding="utf-8")

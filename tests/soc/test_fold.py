"""``soc.fold``: Unicode 16 simple lowercase by code point."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from soc.fold import FULL, NEW, fold

CODES = [code for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]

# "code lower\n" in decimal for each code point that Java 25 (Unicode 16) changes by
# Character.toLowerCase(int), in ascending order: 1,460 lines.
JAVA_25 = "6e029200a2029353c0b1a1dc73657649bf60a05e80d3aebd1ad2ec75d7d0c11b"


def test_every_code_point_folds_as_java_does() -> None:
    changed = "".join(f"{c} {ord(fold(chr(c)))}\n" for c in CODES if fold(chr(c)) != chr(c))

    assert sha256(changed.encode()).hexdigest() == JAVA_25


def test_a_code_point_stays_one_code_point() -> None:
    assert [hex(code) for code in CODES if len(fold(chr(code))) != 1] == []


def test_only_the_table_differs_from_the_lower_of_single_characters() -> None:
    different = {code for code in CODES if fold(chr(code)) != chr(code).lower()}

    assert different - NEW.keys() == FULL.keys()


def test_sigma_has_no_context() -> None:
    assert fold("ΟΔΟΣ") == "οδοσ"


def test_a_lone_surrogate_stays() -> None:
    assert fold("A\ud800") == "a\ud800"


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(), st.text())
def test_parts_fold_as_the_whole(one: str, other: str) -> None:
    assert fold(one) + fold(other) == fold(one + other)

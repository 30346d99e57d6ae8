from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from collectors._ledger_headers import columns, field_of, heading, is_repeated, synonyms


def test_no_heading_stands_under_two_fields() -> None:
    assert len(synonyms()) > 150


def test_width_white_space_and_marks_make_no_difference() -> None:
    assert field_of("ＩＰ 地址") == field_of("*IP地址：") == field_of("IP地址（必填）") == "address"


def test_a_row_of_two_known_headings_is_a_heading() -> None:
    assert columns(["序号", "单位名称", "系统名称", "别的"]) == {
        0: "row_number",
        1: "unit",
        2: "system",
    }


def test_a_title_is_no_heading() -> None:
    assert columns(["区教育局资产台账", "", ""]) == {}


def test_a_field_is_taken_from_its_first_column() -> None:
    assert columns(["单位名称", "IP地址", "单位名称"]) == {0: "unit", 1: "address"}


def test_a_heading_over_two_columns_is_joined_with_the_one_below() -> None:
    found = columns(["单位名称", "责任人", "责任人"], {1: "姓名", 2: "电话"})

    assert found == {0: "unit", 1: "owner", 2: "owner_phone"}


def test_the_heading_again_is_told_from_data() -> None:
    known = {0: "unit", 1: "system"}

    assert is_repeated(["单位名称", "系统名称"], known)
    assert not is_repeated(["区教育局", "系统名称"], known)


@settings(max_examples=100)
@given(st.lists(st.text(max_size=12), max_size=8))
def test_any_row_is_a_heading_or_none(cells: list[str]) -> None:
    found = columns(cells)

    assert len(set(found.values())) == len(found)
    assert all(heading(text) is not None for text in cells)

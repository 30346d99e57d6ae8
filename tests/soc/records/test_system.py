from __future__ import annotations

from soc.records.system import System, normalised


def test_a_system_keeps_its_id_however_its_name_is_typed() -> None:
    assert System.key("lt", "u1", "ＯＡ 办公系统") == System.key("lt", "u1", "oa办公系统\u3000")
    assert System.key("lt", "u1", "OA") != System.key("lt", "u2", "OA")


def test_a_name_is_compared_in_half_width_lower_case_without_spaces() -> None:
    assert normalised(" ＯＡ（二期）\t系统 ") == "oa(二期)系统"

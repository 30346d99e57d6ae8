from __future__ import annotations

from scanners._findings_list import unit_names
from soc.context import Context
from tests.scanners import site


def test_a_unit_is_called_by_its_name(context: Context) -> None:
    id = site.unit(context, "区教育局")

    assert unit_names(context) == {id: "区教育局"}

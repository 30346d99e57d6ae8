from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any, cast

import pytest

from soc.context import Context
from soc.store import _elastic_rights
from soc.store._elastic_health import Wanted
from tests.elastic.secured import role
from tests.soc._stored import stored

WORK = {
    "collector": _elastic_rights.wanted("default", ships=("flow", "alert"), reads=False),
    "analyst": _elastic_rights.wanted("default", ships=(), reads=True),
    "reporter": _elastic_rights.wanted("default", ships=(), reads=True),
    "recorder": _elastic_rights.wanted("default", ships=(), reads=False, keeps=True),
    "detector": _elastic_rights.wanted("default", ships=("match", "usage", "figure"), reads=True),
}


def _granted(name: str, index: str) -> set[str]:
    """Privileges of a role on a name, as its file has them."""
    descriptor = cast("dict[str, Any]", role(name))
    if not index:
        return set(descriptor["cluster"])
    grants = [g for g in descriptor["indices"] if any(_covers(n, index) for n in g["names"])]
    return {privilege for grant in grants for privilege in grant["privileges"]}


def _covers(pattern: str, index: str) -> bool:
    return pattern == index or fnmatchcase(index, pattern)


def _allows(granted: set[str], privilege: str) -> bool:
    return any(fnmatchcase(privilege, one) for one in granted)


@pytest.mark.parametrize("name", WORK)
def test_the_role_of_a_work_is_enough_for_it_and_not_more(name: str) -> None:
    asked: Wanted = WORK[name]
    missing = [
        (index, privilege)
        for index, privileges in asked.needed.items()
        for privilege in privileges
        if not _allows(_granted(name, index), privilege)
    ]
    excess = [
        (index, privilege)
        for index, privileges in asked.refused.items()
        for privilege in privileges
        if _allows(_granted(name, index), privilege)
    ]

    assert (missing, excess) == ([], [])


def test_a_host_needs_what_it_ships_and_reads(context: Context) -> None:
    stored(context, 1)
    store = context.config.store.model_copy(update={"engine": "elasticsearch"})
    reading = replace(context, config=context.config.model_copy(update={"store": store}))

    keeping = replace(
        context,
        config=context.config.model_copy(
            update={"store": store.model_copy(update={"records": "elasticsearch"})}
        ),
    )
    collecting = _elastic_rights.of(context)
    detecting = _elastic_rights.of(reading)

    assert set(collecting.needed) == {"", "logs-soc.flow-default", "soc-marks-default"}
    assert "read" in collecting.refused["logs-soc.*"]
    assert detecting.needed["logs-soc.*"] == ("read",)
    assert "delete" in _elastic_rights.of(keeping).needed["soc-records-default"]
    assert "read" not in detecting.refused["logs-soc.*"]

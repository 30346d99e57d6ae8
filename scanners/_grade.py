"""Grades of findings by GB/T 30279-2020: a vector of its metrics becomes 超危, 高危, 中危 or 低危.

A vector reads ``AP:N/TR:L/PR:N/IC:N/C:S/I:S/A:S``; tables and their source stand in
``scanners/data/grades.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, cast

from soc.errors import RuleError
from soc.records.finding import Grade

GRADED_BY = "GB/T 30279-2020"
GRADES: tuple[Grade, ...] = ("critical", "high", "medium", "low")  # worst first
_IMPACT = ("C", "I", "A")


def grade(vector: str) -> Grade:
    """The grade of a vector.

    Raises:
        RuleError: a metric is missing, unknown, or has a value that it does not take.
    """
    table, metrics = data("grades"), _metrics(vector)
    try:
        exploitability = sum(
            table["exploitability"][m][metrics[m]] for m in table["exploitability"]
        )
        impact = sum(table["impact"][metrics[m]] for m in _IMPACT)
    except KeyError as error:
        raise RuleError(f"vector {vector!r}: {error} is missing or unknown") from error
    return cast(
        "Grade",
        table["matrix"][_level(impact, table["levels"]["impact"])][
            _level(exploitability, table["levels"]["exploitability"])
        ],
    )


def _metrics(vector: str) -> dict[str, str]:
    parts = (part.partition(":") for part in vector.split("/"))
    return {name: value for name, _, value in parts}


def _level(points: int, floors: Mapping[str, int]) -> str:
    return next((level for level in ("high", "medium") if points >= floors[level]), "low")


@cache
def data(name: str) -> dict[str, Any]:
    """A data file of the scanners: facts with their source and date."""
    return tomllib.loads(files("scanners").joinpath("data", f"{name}.toml").read_text("utf-8"))

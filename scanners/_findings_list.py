"""Findings and checks as people ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from scanners._grade import GRADES
from soc.errors import InputError
from soc.plugins import load, names
from soc.records.finding import Finding
from soc.where import All, Equals, In, Where

if TYPE_CHECKING:
    from types import ModuleType

    from soc.context import Context


@cache
def checks() -> tuple[ModuleType, ...]:
    """Every check, by name."""
    return tuple(load("scanners.checks", name) for name in names("scanners.checks"))


def listed(
    context: Context,
    states: Sequence[str] = (),
    *,
    grades: Sequence[str] = (),
    check: str | None = None,
    unit: str | None = None,
    address: str | None = None,
) -> list[Finding]:
    """Findings, worst first, then by address; without states all that are not settled."""
    chosen = tuple(states) or tuple(s for s in Finding.states if s not in _SETTLED)
    parts: list[Where] = [In("state", chosen)]
    parts += [In("grade", tuple(grades))] if grades else []
    for name, value in (("check", check), ("unit", unit), ("address", address)):
        parts += [Equals(name, value)] if value else []
    found = context.store.records.find("finding", All(tuple(parts)))
    return sorted((each for each in found if isinstance(each, Finding)), key=_order)


_SETTLED = ("closed", "false_positive", "accepted")


def unit_names(context: Context) -> dict[str | None, str]:
    """What people call the units, by id."""
    units = context.store.records.find("unit")
    return {record.id: getattr(record, "name", record.id) for record in units}


def _order(finding: Finding) -> tuple[int, str, int, str]:
    worst = GRADES.index(finding.grade) if finding.grade else len(GRADES)
    return worst, finding.address or "", finding.port or 0, finding.check


def named(name: str, context: Context) -> Finding:
    """The finding of that id.

    Raises:
        InputError: there is none.
    """
    record = context.store.records.get("finding", name)
    if not isinstance(record, Finding):
        raise InputError(f"{name}: is no finding; look at soc findings list")
    return record


VIEW = (
    "id",
    "state",
    "grade",
    "confidence",
    "check",
    "title",
    "zone",
    "address",
    "port",
    "protocol",
    "host",
    "unit",
    "system",
    "asset",
    "first_seen",
    "last_seen",
    "last_covered",
    "recurrences",
)
DETAILS = (
    *VIEW,
    "category",
    "vector",
    "graded_by",
    "vantage",
    "source",
    "source_no",
    "vuln_ids",
    "due_at",
    "reason",
    "evidence",
    "origin",
    "revision",
)


def view(finding: Finding, names: Sequence[str] = VIEW) -> dict[str, Any]:
    """A finding as commands print it; times in ISO 8601."""
    told: dict[str, Any] = {}
    for name in names:
        value = getattr(finding, name)
        told[name] = value.isoformat() if hasattr(value, "isoformat") else value
        if isinstance(value, tuple):
            told[name] = list(value)
    return told

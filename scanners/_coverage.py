"""The ledger of coverage: what of each unit's estate was measured in a month, and what was not."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from scanners._plan import registered
from soc.errors import InputError
from soc.query import Period
from soc.records.scan import Scan, TargetOutcome
from soc.records.unit import Unit

if TYPE_CHECKING:
    from soc.context import Context

_MONTH = re.compile(r"(\d{4})-(\d{2})")
MEASURED = ("up", "down")
SUSPECT = "suspect"  # reason: measured only by a run that no verdict may rest on
UNPLANNED = "not_planned"  # reason: in the ledger, in no run of the month


@dataclass(slots=True)
class UnitCoverage:
    """One unit's addresses in a month."""

    planned: int = 0
    done: int = 0
    unknown: Counter[str] = field(default_factory=Counter)  # reason -> addresses


def month(text: str, context: Context) -> Period:
    """The month ``2026-03`` of the site; the current one for an empty text.

    Raises:
        InputError: it is no month.
    """
    found = _MONTH.fullmatch(text)
    if not text:
        return context.calendar.month(context.calendar.date_of(context.clock.now()))
    try:
        if found is None:
            raise ValueError(text)
        return context.calendar.month(date(int(found[1]), int(found[2]), 1))
    except ValueError as error:
        raise InputError(f"--month {text!r}: is no month; write 2026-03") from error


def coverage(text: str, context: Context) -> dict[str, Any]:
    """Addresses planned, measured and unknown, with reasons, by unit and in all."""
    period = month(text, context)
    scans = list(_scans(period, context))
    told = best(_outcomes(scans))
    for place in registered(context, context.calendar.date_of(period.start)):
        told.setdefault(place.address, (place.asset.unit, UNPLANNED))
    units = by_unit(told)
    return {
        "month": context.calendar.date_of(period.start).strftime("%Y-%m"),
        "runs": len(scans),
        "suspect_runs": [scan.id for scan in scans if scan.is_suspect],
        "networks": _networks(scans),
        "total": _shown(_sum(units.values())),
        "units": [
            {"unit": unit, "name": _name(unit, context), **_shown(units[unit])}
            for unit in sorted(units, key=lambda unit: unit or "~")
        ],
    }


def _scans(period: Period, context: Context) -> Iterator[Scan]:
    for record in context.store.records.find("scan"):
        if not isinstance(record, Scan) or record.started_at is None or record.ended_at is None:
            continue
        if period.start <= record.started_at < period.end:
            yield record


def _outcomes(scans: Iterable[Scan]) -> Iterator[TargetOutcome]:
    for scan in scans:
        for outcome in scan.outcomes:
            if scan.is_suspect:
                yield TargetOutcome(
                    target=outcome.target, outcome="unknown", reason=SUSPECT, unit=outcome.unit
                )
            else:
                yield outcome


def best(outcomes: Iterable[TargetOutcome]) -> dict[str, tuple[str | None, str | None]]:
    """Address -> its unit, and None once it was measured, else the last reason why not."""
    told: dict[str, tuple[str | None, str | None]] = {}
    for outcome in outcomes:
        unit, reason = told.get(outcome.target, (None, ""))
        if outcome.outcome in MEASURED:
            reason = None
        elif reason is not None:
            reason = outcome.reason or "not_reached"
        told[outcome.target] = (outcome.unit or unit, reason)
    return told


def by_unit(
    told: Mapping[str, tuple[str | None, str | None]],
) -> dict[str | None, UnitCoverage]:
    """The addresses of each unit; None: of nobody in the ledger."""
    units: dict[str | None, UnitCoverage] = defaultdict(UnitCoverage)
    for unit, reason in told.values():
        units[unit].planned += 1
        units[unit].done += reason is None
        if reason is not None:
            units[unit].unknown[reason] += 1
    return units


def _sum(parts: Iterable[UnitCoverage]) -> UnitCoverage:
    total = UnitCoverage()
    for part in parts:
        total.planned += part.planned
        total.done += part.done
        total.unknown += part.unknown
    return total


def _shown(part: UnitCoverage) -> dict[str, Any]:
    return {
        "planned": part.planned,
        "done": part.done,
        "unknown": sum(part.unknown.values()),
        "reasons": dict(sorted(part.unknown.items())),
        "coverage": part.done / part.planned if part.planned else None,
    }


def _networks(scans: Iterable[Scan]) -> dict[str, int]:
    """Prefixes that were planned, and those of them in a run that ended whole."""
    planned = {t: False for scan in scans for t in scan.targets if "/" in t}
    for scan in scans:
        whole = scan.state in ("done", "partial") and not scan.errors
        planned |= {t: True for t in scan.targets if "/" in t and whole}
    return {"planned": len(planned), "done": sum(planned.values())}


def _name(unit: str | None, context: Context) -> str | None:
    record = context.store.records.get("unit", unit) if unit else None
    return record.short_name or record.name if isinstance(record, Unit) else None
